/** The style of a run's page, after the common one. */
export const STYLE = `
:root { --second: #b35900; --faint: #9db7da; --missed: #b3261e; --added: #1a7f37; --token: 38%; }
@media (prefers-color-scheme: dark) { :root { --second: #ffa657; --faint: #3d5a80; --missed: #ff8a80; --added: #7ee787; --token: 65%; } }
body { max-width: 72rem; margin: 1rem auto; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 0.3rem; }
.quiet, dt, caption { color: var(--quiet); }
.state { font-weight: 600; margin: 0.3rem 0; }
.failed { color: var(--missed); }
progress { width: 100%; height: 0.8rem; accent-color: var(--bar); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 9.5rem), 1fr)); gap: 0.6rem 1.2rem; margin: 1rem 0; }
dt { font-size: 0.85rem; }
dd { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 0 2rem; }
figure { margin: 1rem 0 0; min-width: 0; }
.chart { min-height: 260px; }
.uplot, .uplot * { font-family: system-ui, sans-serif; }
.u-legend { font-size: 0.85rem; }
.u-legend th, .u-legend td { border: 0; padding: 0 0.2rem; }
.side { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: 1rem 2rem; align-items: start; }
.scroll { overflow-x: auto; }
caption { text-align: left; padding: 0.4rem 0; }
td, th { font-variant-numeric: tabular-nums; }
details { margin: 0.8rem 0; }
summary { cursor: pointer; }
ol { padding-left: 1.6rem; }
li p { margin: 0.2rem 0; }
.alignment { line-height: 1.8; }
.edit { border-bottom: 2px dotted var(--quiet); }
del { color: var(--missed); }
ins { color: var(--added); text-decoration: none; font-weight: 600; }
svg { display: block; }
svg text { font-size: 12px; }
svg g text { font-weight: 600; }
svg .quiet { fill: var(--quiet); }
@media (prefers-color-scheme: dark) { svg image { filter: invert(1); } }
svg .blank { fill: none; stroke: var(--quiet); stroke-dasharray: 1 3; }
`;
