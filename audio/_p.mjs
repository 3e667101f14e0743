import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fbank, readAudioFile, resample } from '@auricle/audio';

const C = '/work/shared/corpora/';
for (const m of ['librispeech', 'ljspeech_subset', 'vctk_p239', 'cmu_arctic', 'rhasspy_kerstin_de', 'speech_commands'])
  for (const mode of ['float', 'int16']) {
    let worst = 0,
      at,
      n = 0;
    for (const l of readFileSync(C + m + '/dev.jsonl', 'utf8')
      .trim()
      .split('\n')
      .slice(0, 20)
      .map(JSON.parse)) {
      const p = await readAudioFile(C + m + '/' + l.audio_filepath);
      let s = resample(p.samples, p.sampleRate, 16000);
      if (mode == 'int16') s = s.map((v) => Math.round(v * 32768) / 32768);
      writeFileSync('/tmp/i.f32', s);
      execFileSync('/tmp/venv/bin/python', ['tests/audio/fixtures/kaldi_fbank.py', '/tmp/i.f32', '/tmp/o.f32']);
      const g = new Float32Array(new Uint8Array(readFileSync('/tmp/o.f32')).buffer);
      const f = fbank(s);
      for (let i = 0; i < f.length; i++) {
        const d = Math.abs(f[i] - g[i]);
        if (d > 1e-3) n++;
        if (d > worst) {
          worst = d;
          at = [(i / 80) | 0, i % 80, g[i]];
        }
      }
    }
    console.log(m, mode, worst, at, n);
  }
