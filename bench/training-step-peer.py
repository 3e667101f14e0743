"""The training step of bench/training-step.mjs in PyTorch: the same layers, attention by scaled_dot_product_attention over the whole
utterance, CTC, clipping, AdamW and the running average. Runs one step for each line of its input and prints its seconds.
Usage: python bench/training-step-peer.py BLOCKS WIDTH ROWS FRAMES LABELS THREADS"""

import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

blocks, width, rows, frames, labels, threads = map(int, sys.argv[1:7])
MELS, VOCABULARY, HEADS, TAPS = 80, 64, 4, 9
SIZE = width // HEADS
torch.set_num_threads(threads)
torch.manual_seed(1)


def norm(x):
    return F.layer_norm(x, x.shape[-1:])


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return 0.5 * self.out(F.silu(self.inner(norm(x))))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = FeedForward(), FeedForward()
        self.qkv, self.joined = nn.Linear(width, width + 2 * SIZE), nn.Linear(width, width)
        self.gate, self.mixed = nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.depthwise = nn.Conv1d(width, width, TAPS, groups=width)

    def attend(self, x):
        length = x.shape[1]
        q, k, v = self.qkv(norm(x)).split([width, SIZE, SIZE], -1)
        q = q.view(rows, length, HEADS, SIZE).transpose(1, 2)
        k, v = (t.unsqueeze(1).expand(-1, HEADS, -1, -1) for t in (k, v))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.joined(y.transpose(1, 2).reshape(rows, length, width))

    def convolve(self, x):
        y = F.glu(self.gate(norm(x)), -1).transpose(1, 2)
        return self.mixed(F.silu(self.depthwise(F.pad(y, (TAPS - 1, 0))).transpose(1, 2)))

    def forward(self, x):
        x = x + self.first(x)
        x = x + self.attend(x)
        x = x + self.convolve(x)
        return norm(x + self.second(x))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.halve1, self.halve2 = nn.Linear(4 * MELS, width), nn.Linear(4 * width, width)
        self.blocks = nn.ModuleList(Block() for _ in range(blocks))
        self.output = nn.Linear(width, VOCABULARY)

    def halve(self, linear, x):
        length, size = x.shape[1], x.shape[2]
        padded = F.pad(x, (0, 0, 2, 0))
        pairs = [padded[:, at : at + length].reshape(rows, length // 2, 2 * size) for at in (0, 2)]
        return F.silu(linear(torch.cat(pairs, -1)))

    def forward(self, x):
        x = self.halve(self.halve2, self.halve(self.halve1, x))
        for block in self.blocks:
            x = block(x)
        return self.output(x)


network = Network()
average = [p.detach().clone() for p in network.parameters()]
optimiser = torch.optim.AdamW(network.parameters(), 1e-4, betas=(0.9, 0.98), weight_decay=0.01)
features = torch.rand(rows, frames, MELS) * 2 - 1
targets = (torch.arange(rows * labels).view(rows, labels) % (VOCABULARY - 1)) + 1
lengths = torch.full((rows,), frames // 4), torch.full((rows,), labels)
print(torch.__version__, sum(p.numel() for p in network.parameters()), flush=True)

for _ in sys.stdin:
    started = time.perf_counter()
    optimiser.zero_grad(set_to_none=True)
    log_probs = F.log_softmax(network(features), -1).transpose(0, 1)
    loss = F.ctc_loss(log_probs, targets, *lengths, reduction="sum") / (rows * labels)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 5)
    optimiser.step()
    torch._foreach_lerp_(average, [p.detach() for p in network.parameters()], 0.001)
    print(time.perf_counter() - started, flush=True)
