"""Writes weights of your own, and a case with what PyTorch computes from them. Needs torch and safetensors."""
import torch
from safetensors.torch import save_file

torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(126, 32), torch.nn.ReLU(), torch.nn.Linear(32, 65))
keypoints = torch.rand(4, 126)
save_file({f"stitching.mlp.{name}": tensor for name, tensor in network.state_dict().items()}, "stitching_weights.safetensors")
save_file(
    {"input.stitching": keypoints, "output.stitching": network(keypoints).detach()},
    "stitching_case.safetensors",
    metadata={"case": "stitching", "weights": "stitching_weights.safetensors"},
)
