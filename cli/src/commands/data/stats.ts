/** `auricle data stats`: a manifest goes in, a table of figures and a page with histograms come out. */
import { manifestStatistics, statisticsPage, summaryRows, writeLines } from '@auricle/datasets';
import { Command } from 'commander';

export const statsCommand = new Command('stats')
  .description('hours, speakers, durations, speaking rates and characters of a manifest')
  .argument('<manifest>')
  .option('--page <file>', 'HTML page with histograms (default: <name>.html beside the manifest)')
  .action(async (manifest: string, options: { page?: string }) => {
    const statistics = await manifestStatistics(manifest);
    const rows = summaryRows(statistics);
    const width = Math.max(...rows.map(([name]) => name.length));
    for (const [name, value] of rows) console.log(`${name.padEnd(width)}  ${value}`);
    const page = options.page ?? `${manifest.replace(/\.jsonl?$/, '')}.html`;
    await writeLines([page], ([file]) => file.write(statisticsPage(statistics)));
    console.log(`\n${page}`);
  });
