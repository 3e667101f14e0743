/** `auricle data`: recordings go in, manifests come out. */
import { Command } from 'commander';
import { fsddCommand } from './fsdd.js';

export const dataCommand = new Command('data').description('prepare corpora').addCommand(fsddCommand);
