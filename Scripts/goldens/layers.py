#!/usr/bin/env python3
"""What PyTorch says about the trainable layers beyond layers.h5: edges, fused forms, optimiser, and
three training steps of a small U-Net.

Writes Tests/NeuralNetworksTests/Fixtures/training.h5. Axis order is PyTorch's (NCHW, OIHW). A group
of the form of layers.h5 holds inputs, the output y, the upstream gradient dy and d_<input>.
(Tests/NeuralNetworksTests/Fixtures/layers.h5 is a copy of the project's golden/layers.h5.)
Needs torch, torchvision, h5py, numpy.
"""
import pathlib

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from torchvision.transforms.functional import center_crop

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "Tests/NeuralNetworksTests/Fixtures/training.h5"


def normal(*shape):
    return torch.randn(*shape)


def case(file, name, op, function, **inputs):
    """One call with its vector-Jacobian product for a random upstream gradient."""
    leaves = {k: v.clone().requires_grad_(True) for k, v in inputs.items()}
    y = function(**leaves)
    dy = torch.randn(y.shape) if y.dim() else torch.tensor(1.5)
    y.backward(dy)
    group = file.create_group(name)
    group.attrs["op"] = op
    for key, value in leaves.items():
        group[key] = value.detach().numpy()
        group["d_" + key] = value.grad.numpy()
    group["y"] = y.detach().numpy()
    group["dy"] = dy.numpy()


def spatial(x, theta):
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def edges(a, b):
    d = a - b
    return (d[:, :, 1:] - d[:, :, :-1]).abs().mean() + (d[..., 1:] - d[..., :-1]).abs().mean()


def single_calls(file):
    case(file, "conv3x3_relu16", "relu(conv2d(x,w,b,padding=1))",
         lambda x, w, b: F.relu(F.conv2d(x, w, b, padding=1)),
         x=normal(3, 16, 10, 13), w=normal(32, 16, 3, 3) * 0.1, b=normal(32))
    case(file, "conv3x3_valid", "conv2d(x,w,b)", lambda x, w, b: F.conv2d(x, w, b),
         x=normal(2, 32, 9, 11), w=normal(16, 32, 3, 3) * 0.1, b=normal(16))
    case(file, "conv5x5", "conv2d(x,w,b,padding=2)", lambda x, w, b: F.conv2d(x, w, b, padding=2),
         x=normal(3, 6, 9, 8), w=normal(10, 6, 5, 5) * 0.1, b=normal(10))
    case(file, "batch_norm_relu", "relu(batch_norm(x,None,None,weight,bias,training=True))",
         lambda x, weight, bias: F.relu(F.batch_norm(x, None, None, weight, bias, training=True)),
         x=normal(3, 19, 7, 6) * 2 + 5, weight=normal(19), bias=normal(19))
    case(file, "batch_norm_offset", "batch_norm(1000 + x): the mean is far from 0",
         lambda x, weight, bias: F.batch_norm(x.double(), None, None, weight.double(), bias.double(),
                                              training=True).float(),
         x=normal(2, 5, 7, 6) + 1000, weight=normal(5), bias=normal(5))
    mean, variance = normal(6), torch.rand(6) + 0.5
    case(file, "batch_norm_eval", "batch_norm(x,mean,variance,weight,bias,training=False)",
         lambda x, weight, bias: F.batch_norm(x, mean, variance, weight, bias, training=False),
         x=normal(2, 6, 5, 4), weight=normal(6), bias=normal(6))
    file["batch_norm_eval/mean"], file["batch_norm_eval/variance"] = mean, variance
    case(file, "leaky_relu", "leaky_relu(x,0.2)", lambda x: F.leaky_relu(x, 0.2), x=normal(2, 3, 5, 4))
    case(file, "max_pool2x2_ties", "max_pool2d(x,2), many equal values, odd size",
         lambda x: F.max_pool2d(x, 2), x=torch.randint(0, 2, (2, 5, 9, 7)).float())
    case(file, "max_pool3x3_ties", "max_pool2d(x,3,2,padding=1), many equal values",
         lambda x: F.max_pool2d(x, 3, 2, padding=1), x=torch.randint(0, 2, (2, 5, 9, 8)).float())
    case(file, "average_pool4", "avg_pool2d(x,4)", lambda x: F.avg_pool2d(x, 4), x=normal(2, 3, 13, 9))
    case(file, "concatenate", "cat((a,b),1)", lambda a, b: torch.cat((a, b), 1),
         a=normal(2, 5, 4, 3), b=normal(2, 3, 4, 3))
    case(file, "center_crop", "center_crop(x,(4,6)) of 9x9",
         lambda x: center_crop(x, [4, 6]), x=normal(2, 3, 9, 9))
    case(file, "flatten_linear", "linear(flatten(x,1),w,b)",
         lambda x, w, b: F.linear(torch.flatten(x, 1), w, b),
         x=normal(3, 4, 3, 5), w=normal(2, 60), b=normal(2))
    theta = torch.tensor([[[2.9, 0, 0], [0, 2.9, 0.01]], [[0.9, -0.4, 5.0], [0.4, 0.9, 0]],
                          [[0.7, 0.2, -0.6], [-0.3, 1.4, 0.5]], [[0, 0, 0], [0, 0, 0.1]]])
    case(file, "sampler_out_of_range", "grid_sample(x,affine_grid(theta)) far outside and collapsed",
         spatial, x=normal(4, 3, 9, 12), theta=theta)
    x = torch.from_numpy(file["sampler_out_of_range/x"][()])
    for mode in ("nearest", "bicubic"):
        grid = F.affine_grid(theta * 0.77, x.shape, align_corners=False)
        file[f"sampler_out_of_range/y_{mode}"] = F.grid_sample(
            x, grid, mode=mode, padding_mode="zeros", align_corners=False).numpy()
    case(file, "deviation_planes", "cat((x,x.std((2,3))[...,None,None].expand_as(x)),1)",
         lambda x: torch.cat((x, x.std((2, 3))[..., None, None].expand_as(x)), 1),
         x=normal(3, 3, 8, 7) * torch.tensor([1, 0.01, 30])[:, None, None] + 100)
    flat = normal(2, 3, 4, 4)
    flat[0, 1] = 0.5
    case(file, "deviation_of_constant", "x.std((2,3)), one channel constant",
         lambda x: x.std((2, 3)), x=flat)
    case(file, "color_matrix", "einsum('nkc,nchw->nkhw',m[:,:,:3],x)+m[:,:,3:,None]",
         lambda x, m: torch.einsum("nkc,nchw->nkhw", m[:, :, :3], x) + m[:, :, 3:, None],
         x=normal(3, 3, 5, 6), m=normal(3, 3, 4))
    a, b = normal(2, 3, 9, 8), normal(2, 3, 9, 8)
    b[0, 0, 0, :4] = a[0, 0, 0, :4]
    case(file, "mean_squared_error", "mse_loss(a,b)", lambda a, b: F.mse_loss(a, b), a=a, b=b)
    case(file, "mean_absolute_error", "l1_loss(a,b), some equal", lambda a, b: F.l1_loss(a, b), a=a, b=b)
    case(file, "charbonnier", "sqrt((a-b)**2+1e-6).mean()",
         lambda a, b: ((a - b) ** 2 + 1e-6).sqrt().mean(), a=a, b=b)
    case(file, "gradient_difference", "mean |differences of a-b| along both axes", edges, a=a, b=b)
    logits = torch.tensor([-100.0, -30, -1, -1e-3, 0, 0.5, 20, 88, 100])
    case(file, "log_sigmoid_extreme", "logsigmoid(x).mean()", lambda x: F.logsigmoid(x).mean(), x=logits)
    case(file, "log_one_minus_sigmoid_extreme", "log(1-sigmoid(x)).mean() as -softplus(x)",
         lambda x: F.logsigmoid(-x).mean(), x=logits)


def optimiser(file):
    group = file.create_group("adam_decay")
    group.attrs["op"] = "Adam(lr=3e-3,betas=(.5,.9),eps=1e-6,weight_decay=.1), clip_grad_norm_(.,1.0)"
    w, v = normal(4, 3).requires_grad_(True), normal(5).requires_grad_(True)
    group["w0"], group["v0"] = w.detach().clone().numpy(), v.detach().clone().numpy()
    adam = torch.optim.Adam([w, v], lr=3e-3, betas=(0.5, 0.9), eps=1e-6, weight_decay=0.1)
    for step in range(4):
        w.grad, v.grad = normal(4, 3) * 10 ** (1 - step), normal(5) * 10 ** (1 - step)
        group[f"dw{step}"], group[f"dv{step}"] = w.grad.clone().numpy(), v.grad.clone().numpy()
        group[f"norm{step}"] = float(torch.nn.utils.clip_grad_norm_([w, v], 1.0))
        adam.step()
        group[f"w{step + 1}"] = w.detach().clone().numpy()
        group[f"v{step + 1}"] = v.detach().clone().numpy()
    group["first"] = adam.state[w]["exp_avg"].numpy()
    group["second"] = adam.state[w]["exp_avg_sq"].numpy()


def running_statistics(file):
    group = file.create_group("running_statistics")
    group.attrs["op"] = "BatchNorm2d(4): running_mean, running_var after each of 3 training batches"
    norm = torch.nn.BatchNorm2d(4)
    for step in range(3):
        x = normal(2, 4, 3, 3) * (step + 1) + step
        norm(x)
        group[f"x{step}"] = x.numpy()
        group[f"mean{step}"] = norm.running_mean.clone().numpy()
        group[f"var{step}"] = norm.running_var.clone().numpy()


class SmallUNet(torch.nn.Module):
    """Two levels: every kind of layer of the real one. No biases before batch norm: they have no
        influence, so Adam would divide noise by noise."""

    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.up = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.conv3 = nn.Conv2d(32, 16, 3, padding=1, bias=False)
        self.norm1, self.norm2, self.norm3 = (nn.BatchNorm2d(c) for c in (16, 32, 16))
        self.out = nn.Conv2d(16, 3, 1)

    def forward(self, x):
        a = F.relu(self.norm1(self.conv1(x)))
        b = F.relu(self.norm2(self.conv2(F.max_pool2d(a, 2))))
        c = F.relu(self.norm3(self.conv3(torch.cat((a, self.up(b)), 1))))
        return x + self.out(c)


def network(file):
    group = file.create_group("small_unet")
    group.attrs["op"] = "3 steps of Adam(lr=1e-2) on mse_loss(SmallUNet(x),target)"
    net = SmallUNet()
    x, target = normal(3, 3, 16, 12), normal(3, 3, 16, 12)
    group["x"], group["target"] = x.numpy(), target.numpy()
    for key, value in net.state_dict().items():
        group["before/" + key] = value.numpy()
    adam = torch.optim.Adam(net.parameters(), lr=1e-2)
    losses = []
    for step in range(3):
        adam.zero_grad()
        loss = F.mse_loss(net(x), target)
        loss.backward()
        if step == 0:
            for key, value in net.named_parameters():
                group["gradient/" + key] = value.grad.numpy()
        adam.step()
        losses.append(loss.item())
    group["losses"] = np.array(losses, np.float32)
    for key, value in net.state_dict().items():
        group["after/" + key] = value.numpy()


def main() -> None:
    torch.manual_seed(20)
    with h5py.File(FILE, "w") as file:
        file.attrs["made_with"] = f"torch {torch.__version__}"
        single_calls(file)
        optimiser(file)
        running_statistics(file)
        network(file)
    print(FILE, FILE.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
