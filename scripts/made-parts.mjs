/** A Markdown page and its made parts, by name, go in; the page with what stands between `<!-- made: name -->` and `<!-- end -->` replaced comes out. */
export const filled = (page, made) =>
  page.replaceAll(
    /(<!-- made: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, open, part, close) => `${open}\n${made[part]}\n\n${close}`,
  );
