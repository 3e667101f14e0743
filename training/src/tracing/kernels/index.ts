/** Importing this file gives the tracing backend all its kernels. */
import './ctc-loss.js';
import './elementwise.js';
import './fill.js';
import './layout.js';
import './matmul.js';
import './reduction.js';
