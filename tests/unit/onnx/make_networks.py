#!/usr/bin/env python3
"""Writes the small networks in networks/: three by PyTorch, each as ONNX with the images and PyTorch's own logits beside it.

usage: make_networks.py FOLDER
Needs python3-torch and python3-onnx (the committed files: PyTorch 1.13.1, ONNX 1.12). NAME.bin holds float32: the images, then
the logits.
"""
import pathlib
import sys
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

IMAGES = 3


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.more = outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.more:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more - self.more // 2), "constant", 0)
        return F.relu(y + x)


class Residual(nn.Module):
    """As the CIFAR ResNets: shortcuts of option A, a pool over what is left, a view that asks for the batch's size."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4)
        self.layer1, self.layer2 = nn.Sequential(Block(4, 4, 1)), nn.Sequential(Block(4, 8, 2), Block(8, 8, 1))
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x)))))
        x = F.avg_pool2d(x, int(x.size()[3]))
        return self.linear(x.view(x.size(0), -1))


class Mobile(nn.Module):
    """As the mobile networks: uneven padding, depthwise convolutions, gates, concatenations, a mean in place of a pool."""

    def __init__(self):
        super().__init__()
        self.pad, self.stem = nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(1, 6, 3, 2)
        self.depthwise, self.norm = nn.Conv2d(6, 6, 3, 1, 1, groups=6, bias=False), nn.BatchNorm2d(6)
        self.squeeze, self.excite = nn.Conv2d(6, 2, 1), nn.Conv2d(2, 6, 1)
        self.left, self.right = nn.Conv2d(6, 4, 1), nn.Conv2d(6, 3, (1, 3), padding=(0, 1))
        self.scores = nn.Linear(13, 4, bias=False)

    def forward(self, x):
        x = F.hardswish(self.norm(self.depthwise(F.relu(self.stem(self.pad(x))))))
        x = F.hardsigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1))))) * x
        x = torch.cat([F.relu(self.left(x)), self.right(x), x], 1)
        return self.scores(x.mean([2, 3]))


class Plain(nn.Module):
    """As VGG: pools, dropout, hidden linear layers with batch-norm, softmax at the end."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 4, 3), nn.ReLU(),
                                      nn.AvgPool2d(2, 2, ceil_mode=True))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(8, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Linear(7, 3))
        self.end = nn.Softmax(1)

    def scores(self, x):
        return self.classifier(self.features(x))

    def forward(self, x):
        return self.end(self.scores(x))


def write(folder, name, network, shape, **options):
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm1d)):
            for tensor, low, high in ((module.weight, 0.5, 1.5), (module.bias, -0.3, 0.3), (module.running_mean, -0.2, 0.2), (module.running_var, 0.5, 2.0)):
                tensor.data.uniform_(low, high)
    network.eval()
    images = torch.rand(IMAGES, *shape) * 2 - 0.5
    with torch.no_grad():
        logits = network.scores(images) if isinstance(network, Plain) else network(images)
    torch.onnx.export(network, images[:1], str(folder / f"{name}.onnx"), input_names=["image"], output_names=["scores"], **options)
    (folder / f"{name}.bin").write_bytes(images.numpy().tobytes() + logits.numpy().tobytes())


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    torch.manual_seed(1)
    kept = torch.onnx.TrainingMode.PRESERVE  # batch-norm stays a layer
    write(folder, "residual", Residual(), (3, 8, 8), training=kept, do_constant_folding=False, dynamic_axes={"image": {0: "n"}})
    write(folder, "residual_folded", Residual(), (3, 8, 8))
    write(folder, "mobile", Mobile(), (1, 10, 8), training=kept, opset_version=16)
    write(folder, "plain", Plain(), (3, 11, 7), opset_version=11)


if __name__ == "__main__":
    main()
