/** The page: a microphone or a file goes in, a transcript that grows while one speaks comes out. */
import { connect } from './native-client.js';

const element = (id) => document.getElementById(id);
const microphone = element('microphone');
const fileInput = element('file');
const drop = element('drop');

/** What is being heard now: { source, stream, sampleRate, sentSamples, endedAt }, or undefined. */
let session;

const setStatus = (text) => {
  element('status').textContent = text;
};

function showLevel(samples) {
  let sum = 0;
  for (const x of samples) sum += x * x;
  element('level').value = 10 * Math.log10(sum / samples.length + 1e-7);
}

const classOf = (confidence) => (confidence >= 0.8 ? 'sure' : confidence >= 0.5 ? 'fair' : 'doubtful');
const percent = (confidence) => `${Math.round(100 * confidence)} %`;

function wordElements(words) {
  return words.flatMap(({ word, confidence }) => {
    const span = document.createElement('span');
    span.className = `word ${classOf(confidence)}`;
    span.title = percent(confidence);
    span.textContent = word;
    return [span, ' '];
  });
}

function showFinal({ words, start, end, confidence }) {
  const segment = document.createElement('p');
  segment.className = 'segment';
  segment.tabIndex = 0;
  const times = document.createElement('time');
  times.textContent = `${start.toFixed(2)}–${end.toFixed(2)} s, ${percent(confidence)}`;
  segment.append(...wordElements(words), times);
  element('finals').append(segment);
  element('partial').replaceChildren();
}

function onMessage(message) {
  switch (message.type) {
    case 'ready':
      element('model').textContent = `Model ${message.model.name}, language ${message.model.language}.`;
      break;
    case 'partial':
      element('partial').replaceChildren(...wordElements(message.words));
      showLag(message);
      break;
    case 'final':
      showFinal(message);
      break;
    case 'done':
      setStatus(
        session?.endedAt
          ? `Done: last words ${Math.round(performance.now() - session.endedAt)} ms after the end of the audio.`
          : 'Done.',
      );
  }
}

/** How far a word that appears now lies behind the audio sent; a file is sent faster than it sounds, so it has no such figure. */
function showLag({ end }) {
  if (session?.source !== 'microphone') return;
  const lag = session.sentSamples / session.sampleRate - end;
  element('latency').textContent = `${Math.max(0, Math.round(1000 * lag))} ms`;
}

async function begin(source, sampleRate) {
  element('finals').replaceChildren();
  element('partial').replaceChildren();
  element('latency').textContent = '–';
  let whyOver;
  const stream = await connect(sampleRate, onMessage, (reason) => {
    whyOver = reason;
    if (reason) setStatus(reason);
    stopCapture();
    session = undefined;
    showIdle(true);
  });
  // It may be lost before it is used.
  if (whyOver) throw new Error(whyOver);
  session = { source, stream, sampleRate, sentSamples: 0, endedAt: undefined };
}

function send(samples) {
  if (!session) return;
  session.stream.send(samples);
  session.sentSamples += samples.length;
  element('seconds').textContent = `${(session.sentSamples / session.sampleRate).toFixed(1)} s`;
  showLevel(samples);
}

function end() {
  if (!session || session.endedAt) return;
  session.endedAt = performance.now();
  session.stream.end();
  setStatus('Listening to the rest…');
}

function showIdle(idle) {
  fileInput.disabled = !idle;
  microphone.disabled = !idle && session?.source !== 'microphone';
  const isRecording = !idle && session?.source === 'microphone';
  microphone.setAttribute('aria-pressed', String(isRecording));
  microphone.textContent = isRecording ? 'Stop' : 'Start microphone';
}

/** The open microphone: { context, media }, or undefined. */
let capture;

function stopCapture() {
  for (const track of capture?.media.getTracks() ?? []) track.stop();
  capture?.context.close();
  capture = undefined;
  element('level').value = -60;
}

async function startMicrophone() {
  if (!navigator.mediaDevices) throw new Error('A browser gives the microphone only to https:// and localhost pages.');
  const media = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, autoGainControl: true } });
  const context = new AudioContext();
  capture = { context, media };
  await context.audioWorklet.addModule('audio-worklet.js');
  await begin('microphone', context.sampleRate);
  const packets = new AudioWorkletNode(context, 'packets', { numberOfOutputs: 0 });
  packets.port.onmessage = ({ data }) => {
    if (!session?.endedAt) send(data);
  };
  context.createMediaStreamSource(media).connect(packets);
  await context.resume();
  setStatus('Listening.');
  showIdle(false);
}

async function readFile(file) {
  const context = new OfflineAudioContext(1, 1, 16000);
  let audio;
  try {
    audio = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new Error(`${file.name} is no audio that this browser can read.`);
  }
  const samples = new Float32Array(audio.length);
  for (let c = 0; c < audio.numberOfChannels; c++)
    audio.getChannelData(c).forEach((x, i) => {
      samples[i] += x / audio.numberOfChannels;
    });
  return { samples, sampleRate: audio.sampleRate };
}

async function transcribeFile(file) {
  const { samples, sampleRate } = await readFile(file);
  await begin('file', sampleRate);
  showIdle(false);
  setStatus(`Sending ${file.name}…`);
  const packet = sampleRate / 10;
  for (let at = 0; at < samples.length && session?.stream.isOpen(); at += packet) {
    send(samples.subarray(at, at + packet));
    await session?.stream.room();
  }
  end();
}

/** Between a click and the server's answer. */
let isStarting = false;
const isIdle = () => !session && !capture && !isStarting;

/** Runs a task and shows why it failed. */
async function attempt(task) {
  isStarting = true;
  try {
    await task();
  } catch (error) {
    stopCapture();
    setStatus(error.message);
    showIdle(true);
  } finally {
    isStarting = false;
  }
}

microphone.addEventListener('click', () => {
  if (session?.source === 'microphone') {
    stopCapture();
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
    drop.classList.add('over');
  });
addEventListener('dragleave', () => drop.classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  const [file] = event.dataTransfer.files;
  if (file && isIdle()) attempt(() => transcribeFile(file));
});
