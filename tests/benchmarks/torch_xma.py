#!/usr/bin/env python3
"""What remask's `xma` learns, in PyTorch: ResNet-20, a power-of-two level per 128-row column, straight-through gradient,
batch-norm and classifier trained, Adam. Prints images per second of training steps on random images, in both layouts.

usage: torch_xma.py THREADS     (Debian: python3-torch)
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH, ROWS = 64, 128


class Level(torch.autograd.Function):
    """The level {0, 1/2, 1, 2} nearest in log2, 0 below a quarter; identity backward."""

    @staticmethod
    def forward(ctx, v):
        level = torch.pow(2.0, torch.clamp(torch.round(torch.log2(torch.clamp(v, min=1e-6))), -1, 1))
        return torch.where(v < 0.25, torch.zeros_like(v), level)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class MaskedConv(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        taps = inputs * 9
        self.stride = stride
        self.register_buffer("weight", torch.randn(outputs, inputs, 3, 3) * (2 / taps) ** 0.5)
        self.register_buffer("tile", torch.arange(taps) // ROWS)
        self.v = nn.Parameter(torch.ones(outputs, (taps + ROWS - 1) // ROWS))

    def forward(self, x):
        mask = Level.apply(self.v)[:, self.tile].view_as(self.weight)
        return F.conv2d(x, self.weight * mask, stride=self.stride, padding=1)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = MaskedConv(inputs, outputs, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = MaskedConv(outputs, outputs, 1), nn.BatchNorm2d(outputs)
        self.pad = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        if self.pad:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(x + y)


class ResNet20(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv, self.bn = MaskedConv(3, 16, 1), nn.BatchNorm2d(16)
        blocks, inputs = [], 16
        for outputs in (16, 32, 64):
            for i in range(3):
                blocks.append(Block(inputs, outputs, 2 if i == 0 and outputs > 16 else 1))
                inputs = outputs
        self.blocks, self.classifier = nn.Sequential(*blocks), nn.Linear(64, classes)

    def forward(self, x):
        return self.classifier(self.blocks(F.relu(self.bn(self.conv(x)), inplace=True)).mean((2, 3)))


def images_per_second(layout):
    network = ResNet20(5).to(memory_format=layout).train()
    masks = [p for name, p in network.named_parameters() if name.endswith(".v")]
    rest = [p for name, p in network.named_parameters() if not name.endswith(".v")]
    optimizer = torch.optim.Adam([{"params": masks, "lr": 1e-2}, {"params": rest, "lr": 2e-4}])
    images = torch.randn(BATCH, 3, 32, 32).to(memory_format=layout)
    labels = torch.randint(0, 5, (BATCH,))

    def steps(count):
        for _ in range(count):
            optimizer.zero_grad()
            F.cross_entropy(network(images), labels).backward()
            optimizer.step()

    steps(5)
    best = 0.0
    for _ in range(8):
        start = time.perf_counter()
        steps(10)
        best = max(best, 10 * BATCH / (time.perf_counter() - start))
    return best


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    print(torch.__version__, *(round(images_per_second(layout), 1)
                               for layout in (torch.contiguous_format, torch.channels_last)))
