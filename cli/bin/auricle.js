#!/usr/bin/env node
// Stands in for dist/main.js, which a fresh checkout has not built yet when npm links its commands.
import '../dist/main.js';
