/** The page: a microphone or a file goes in, a transcript that grows while one speaks comes out. */

import { readAudioFile } from './audio-file.js';
import { openMicrophone } from './capture.js';
import { openStream } from './client/index.js';
import { download, EXPORTS } from './exports.js';
import { parseHotwords } from './hotwords.js';
import { LatencyMeter, measureRoundTrip } from './latency.js';
import { soundView } from './sound-view.js';
import { transcriptView } from './transcript-view.js';

const element = (id) => document.getElementById(id);
const microphone = element('microphone');
const fileInput = element('file');
const stage = element('drop');
const hotwords = element('hotwords');

const sound = soundView({ stage, canvas: element('spectrogram'), bar: element('level-bar'), meter: element('level') });
const transcript = transcriptView({
  text: element('text'),
  finals: element('finals'),
  partial: element('partial'),
  empty: element('empty'),
  detail: element('detail'),
});

/** What is being heard now, or undefined: { source, stream, sampleRate, latency, endedAt }. */
let session;
/** The open microphone, or undefined. */
let capture;
/** Between a click and the server's answer. */
let isStarting = false;
/** Finals of the latest session. */
let finals = [];

const setStatus = (text) => {
  element('status').textContent = text;
};
const milliseconds = (ms) => `${Math.round(ms)} ms`;

function showLatency(parts) {
  const names = ['capture', 'chunk', 'network', 'compute'];
  for (const name of names) {
    element(`latency-${name}`).textContent = parts ? milliseconds(parts[name]) : '–';
    document.querySelector(`#latency-bar .${name}`).style.flexGrow = parts ? parts[name] : 0;
  }
  element('latency').textContent = parts ? milliseconds(names.reduce((sum, name) => sum + parts[name], 0)) : '–';
}

function showWarning(text) {
  const item = document.createElement('li');
  item.textContent = text;
  element('warnings').append(item);
}

function allowExports() {
  for (const button of document.querySelectorAll('.exports button')) button.disabled = finals.length === 0;
}

function showIdle(isIdle) {
  const isRecording = !isIdle && session?.source === 'microphone';
  fileInput.disabled = !isIdle;
  microphone.disabled = !isIdle && !isRecording;
  microphone.setAttribute('aria-pressed', String(isRecording));
  element('microphone-text').textContent = isRecording ? 'Stop' : 'Start microphone';
}

function closeMicrophone() {
  capture?.close();
  capture = undefined;
  sound.showLevel(-60);
}

function handle(result) {
  switch (result.type) {
    case 'partial':
      transcript.showPartial(result);
      break;
    case 'final':
      finals.push(result);
      transcript.showFinal(result);
      allowExports();
      break;
    case 'warning':
      showWarning(result.message);
      break;
    case 'interrupted':
      setStatus('The connection was lost; trying again…');
      break;
    case 'resumed':
      setStatus('Connected again.');
      break;
    case 'done':
      setStatus(
        session.endedAt
          ? `Done: last words ${milliseconds(performance.now() - session.endedAt)} after the end of the audio.`
          : 'Done.',
      );
  }
  // A recording is sent faster than it sounds, so it has no such figure.
  if (session.source === 'microphone' && (result.type === 'partial' || result.type === 'final')) {
    const parts = session.latency.wordCame(result.end, performance.now());
    if (parts) showLatency(parts);
  }
}

/** Reads the results of a session until it is over, well or not. */
async function listen() {
  try {
    for await (const result of session.stream) handle(result);
  } catch (error) {
    setStatus(`${error.message} (${error.code})`);
  }
  closeMicrophone();
  session = undefined;
  showIdle(true);
}

function clear() {
  finals = [];
  allowExports();
  transcript.clear();
  sound.clear();
  showLatency(undefined);
  element('seconds').textContent = '0.0 s';
  element('warnings').replaceChildren();
}

async function begin(source, sampleRate, captureMs) {
  // With a list, also an empty one, they can be changed while one speaks.
  const options = { sampleRate, hotwords: hotwords.value.trim() ? parseHotwords(hotwords.value) : undefined };
  if (!element('lm-field').hidden && !element('language-model').checked) options.languageModel = false;
  // Nothing has been said yet, so a server that cannot be reached is told at once.
  const stream = await openStream(location.href, options).catch((error) => {
    if (error.code === 'AUR_CLIENT_CONNECTION') throw new Error('The server cannot be reached.', { cause: error });
    throw error;
  });
  const latency = new LatencyMeter({ chunkSeconds: stream.ready.chunkSeconds, captureMs });
  session = { source, stream, sampleRate, latency, endedAt: undefined };
  listen();
}

function send(samples) {
  const { stream, sampleRate, latency } = session;
  const room = stream.send(samples);
  latency.audioSent(stream.audioSeconds, performance.now());
  element('seconds').textContent = `${stream.audioSeconds.toFixed(1)} s`;
  sound.push(samples, sampleRate);
  return room;
}

function end() {
  if (!session || session.endedAt) return;
  session.endedAt = performance.now();
  session.stream.end();
  setStatus('Listening to the rest…');
}

async function startMicrophone() {
  clear();
  // What is said before the server has answered waits.
  const early = [];
  let isOpen = false;
  const opened = await openMicrophone((samples) => {
    if (!isOpen) early.push(samples);
    else if (session && !session.endedAt) send(samples);
  });
  capture = opened;
  await begin('microphone', opened.sampleRate, opened.delayMs);
  for (const samples of early) send(samples);
  isOpen = true;
  setStatus('Listening.');
  showIdle(false);
  watchNetwork(session.latency);
}

/** Measures the way to the server for as long as a session lasts. */
async function watchNetwork(latency) {
  while (session?.latency === latency) {
    // A server that does not answer shows in the stream.
    latency.roundTripMs = await measureRoundTrip().catch(() => latency.roundTripMs);
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}

async function transcribeFile(file) {
  clear();
  const { samples, sampleRate } = await readAudioFile(file);
  await begin('file', sampleRate, 0);
  showIdle(false);
  setStatus(`Sending ${file.name}…`);
  const packet = sampleRate / 10;
  for (let at = 0; at < samples.length && session; at += packet) await send(samples.subarray(at, at + packet));
  end();
}

const isIdle = () => !session && !capture && !isStarting;

/** Runs a task and shows why it failed. */
async function attempt(task) {
  isStarting = true;
  try {
    await task();
  } catch (error) {
    closeMicrophone();
    setStatus(error.message);
    showIdle(true);
  } finally {
    isStarting = false;
  }
}

microphone.addEventListener('click', () => {
  if (session?.source === 'microphone') {
    closeMicrophone();
    end();
  } else if (isIdle()) attempt(startMicrophone);
});

fileInput.addEventListener('change', () => {
  const [file] = fileInput.files;
  fileInput.value = '';
  if (file && isIdle()) attempt(() => transcribeFile(file));
});

for (const type of ['dragenter', 'dragover'])
  addEventListener(type, (event) => {
    event.preventDefault();
    stage.classList.add('over');
  });
addEventListener('dragleave', () => stage.classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  stage.classList.remove('over');
  const [file] = event.dataTransfer.files;
  if (file && isIdle()) attempt(() => transcribeFile(file));
});

hotwords.addEventListener('input', () => localStorage.setItem('hotwords', hotwords.value));
hotwords.addEventListener('change', () => {
  element('warnings').replaceChildren();
  session?.stream.setHotwords(parseHotwords(hotwords.value));
});
hotwords.value = localStorage.getItem('hotwords') ?? '';

element('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(EXPORTS.txt.make(finals));
  setStatus('Copied.');
});
for (const button of document.querySelectorAll('[data-export]'))
  button.addEventListener('click', () => {
    const { type, make } = EXPORTS[button.dataset.export];
    download(new Blob([make(finals)], { type }), `transcript.${button.dataset.export}`);
  });

async function showModels() {
  const { data } = await (await fetch('v1/models')).json();
  const [{ id, language, chunkSeconds, languageModel }] = data;
  element('model').textContent = `${id} · ${language} · ${milliseconds(1000 * chunkSeconds)} chunks`;
  element('lm-field').hidden = !languageModel;
  element('model-field').hidden = data.length < 2;
  element('model-choice').replaceChildren(...data.map((model) => new Option(model.id)));
}
showModels().catch(() => setStatus('The server cannot be reached.'));
