/** Rooms in the order of the data's way: a room may import from rooms to its left, never to its right. */
const rooms = ['audio', 'datasets', 'decoding', 'bundle', 'training', 'client', 'serving', 'batch', 'cli'];
const mayImport = {
  audio: [],
  datasets: ['audio'],
  decoding: [],
  bundle: ['audio', 'decoding'],
  training: ['audio', 'datasets', 'decoding', 'bundle'],
  client: [],
  serving: ['audio', 'decoding', 'bundle', 'client'],
  batch: ['audio', 'decoding', 'bundle', 'serving'],
  cli: ['audio', 'datasets', 'decoding', 'bundle', 'training', 'client', 'serving', 'batch'],
};

module.exports = {
  forbidden: [
    ...rooms.map((room) => ({
      name: `${room}-imports-only-its-left`,
      severity: 'error',
      from: { path: `^${room}/` },
      to: { path: `^(${rooms.filter((r) => r !== room && !mayImport[room].includes(r)).join('|')})/` },
    })),
    {
      name: 'only-training-knows-tensorflow',
      severity: 'error',
      from: { pathNot: '^training/' },
      to: { path: '@tensorflow/' },
    },
    {
      name: 'serving-never-reaches-tensorflow',
      severity: 'error',
      from: { path: '^serving/' },
      to: { path: '@tensorflow/', reachable: true },
    },
    {
      name: 'only-batch-knows-redis',
      severity: 'error',
      from: { pathNot: '^(batch/|node_modules/)' },
      to: { path: 'node_modules/(bullmq|ioredis)/' },
    },
    {
      name: 'batch-never-reaches-tensorflow',
      severity: 'error',
      from: { path: '^batch/' },
      to: { path: '@tensorflow/', reachable: true },
    },
    { name: 'no-circular-imports', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: false,
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
