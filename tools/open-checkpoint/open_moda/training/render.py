"""The training of the render networks: steps, reports, what is kept on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from open_moda import safetensors
from open_moda.checkpoint import canonical
from open_moda.networks.blocks import coordinate_grid
from open_moda.networks.motion_extractor import MotionPrediction
from open_moda.networks.render import RenderNetworks
from open_moda.networks.widths import RenderWidths
from open_moda.pose import Motion, place
from open_moda.render_batch import RenderBatch, RenderSource, halve
from open_moda.render_weights import by_module, fill
from open_moda.training import losses
from open_moda.training.averaged import AveragedWeights
from open_moda.training.clock import Clock, learning_rate, ramp
from open_moda.training.graphed import GraphedStep
from open_moda.training.muon import Muon
from open_moda.training.pictures import contact_sheet, write_png
from open_moda.training.precision import autocast

WEIGHTS_FILE = "render.safetensors"
STATE_FILE = "render.state.pt"


@dataclass(frozen=True)
class RenderTrainingOptions:
    """How to train."""

    out: Path
    state: Path | None = None
    """The folder of the full state; `out` where there is none."""
    seconds: float = 840
    """How long to train in all."""
    stop_after: float = float("inf")
    """How long to train before the state is kept and the rest left to another call."""
    batch: int = 16
    learning_rate: float = 3e-3
    warmup_steps: int = 200
    weight_decay: float = 1e-3
    gradient_norm: float = 1.0
    report_seconds: float = 45
    compile: bool = False
    graph: bool = True
    """Whether steps are replayed as a CUDA graph where there is a GPU."""
    own_keypoints_from: float = 0.35
    """The progress from which keypoints of the extractor replace the rig's in more and more samples."""
    own_keypoints_share: float = 0.5
    """The share of such samples from the middle of the training on."""

    @property
    def state_folder(self) -> Path:
        """Where the full state is kept."""
        return self.state or self.out


class RenderTraining:
    """Trains the render networks on a source of batches until the time is up."""

    def __init__(self, widths: RenderWidths, source: RenderSource, device: torch.device, options: RenderTrainingOptions) -> None:
        self.source = source
        self.device = device
        self.options = options
        self.networks = RenderNetworks(widths).to(device)
        initialise(self.networks)
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = True
            torch.backends.cudnn.allow_tf32 = True
            torch.backends.cudnn.benchmark = True
            put_channels_last(self.networks)
        self.averaged = AveragedWeights(self.networks)
        matrices, others = parameter_groups(self.networks)
        self._graphable = device.type == "cuda" and options.graph
        rates = [torch.zeros((), device=device) if self._graphable else 0.0 for _ in range(2)]
        self.optimizers = (
            Muon(matrices, lr=rates[0], weight_decay=options.weight_decay),
            torch.optim.AdamW(others, lr=rates[1], betas=(0.9, 0.99), weight_decay=0, capturable=self._graphable))
        self._own_share = torch.zeros((), device=device)
        self._flow_weight = torch.zeros((), device=device)
        self._graphed: GraphedStep | None = None
        self.forward = torch.compile(self.networks) if options.compile else self.networks
        self.read_motion = self.networks.motion_extractor
        self.clock = Clock(options.seconds)
        self.step = 0
        self._log: list[str] = []

    # Running

    def run(self) -> None:
        """Trains until the time is up, then settles the batch norms' statistics; writes everything."""
        held_out = self.source.held_out()
        running: dict[str, Tensor] = {}
        counted = 0
        self.clock = Clock(self.options.seconds, self.clock.spent)
        next_report = self.clock.spent + min(10.0, self.options.report_seconds)
        end = min(self.options.seconds, self.clock.spent + self.options.stop_after)
        while self.clock.spent < end:
            for name, value in self.train_step().items():
                running[name] = running.get(name, 0) + value
            counted += 1
            if self.clock.spent >= next_report:
                self.report(held_out, {name: float(value) / counted for name, value in running.items()})
                running, counted = {}, 0
                next_report = self.clock.spent + self.options.report_seconds
                self.save()
        if self.clock.over:
            self.settle_statistics()
        self.report(held_out, {})
        self.save()

    def train_step(self) -> dict[str, Tensor]:
        """One step; gives its losses, on the device."""
        self.set_rates()
        if self._graphable and self._graphed is None:
            self._graphed = GraphedStep(self.learn, self.next_batch)
        values = self._graphed() if self._graphed is not None else self.learn(self.next_batch())
        self.averaged.update(self.networks, self.step)
        self.step += 1
        return values

    @torch.no_grad()
    def next_batch(self) -> RenderBatch:
        """A batch from the source."""
        return self.source.batch(self.options.batch)

    def set_rates(self) -> None:
        """Sets what changes as the training goes on; in place, so that a captured graph sees it."""
        options, progress = self.options, self.clock.progress
        rate = learning_rate(progress, self.step, options.learning_rate, options.warmup_steps)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                if isinstance(group["lr"], Tensor):
                    group["lr"].fill_(rate)
                else:
                    group["lr"] = rate
        self._own_share.fill_(ramp(progress, options.own_keypoints_from, options.own_keypoints_from + 0.25, options.own_keypoints_share))
        self._flow_weight.fill_(3.0 - 2.5 * progress)

    def learn(self, batch: RenderBatch) -> dict[str, Tensor]:
        """Renders a batch, and changes the weights; nothing in it waits for the device."""
        self.networks.train()
        with autocast(self.device):
            on_source = self.read_motion(batch.source)
            on_target = self.read_motion(halve(batch.target))
            source_keypoints, driving_keypoints = self.keypoints(batch, on_source)
            rendered = self.forward(batch.source, source_keypoints, driving_keypoints)
        weight = losses.attention(batch.source, batch.target)
        parts = {
            "image": losses.reconstruction(rendered.image.float(), batch.target, weight),
            "extractor": 0.2 * (
                losses.extractor_difference(wide(on_source), batch.canonical, Motion.split(batch.source_motion), batch.is_face)
                + losses.extractor_difference(wide(on_target), batch.canonical, Motion.split(batch.driving_motion), batch.is_face)),
        }
        if batch.flow is not None:
            grid = coordinate_grid(*rendered.deformation.shape[1:4], like=rendered.deformation)
            parts["flow"] = self._flow_weight * losses.flow_difference(rendered.deformation, grid, batch.flow)
        total = sum(parts.values())
        for parameter in self.networks.parameters():
            parameter.grad = None
        total.backward()
        for parameter in self.networks.parameters():
            if parameter.grad is not None:
                parameter.grad.nan_to_num_(0.0, 0.0, 0.0)
        nn.utils.clip_grad_norm_(self.networks.parameters(), self.options.gradient_norm)
        for optimizer in self.optimizers:
            optimizer.step()
        return {name: value.detach() for name, value in parts.items()}

    def keypoints(self, batch: RenderBatch, prediction: MotionPrediction) -> tuple[Tensor, Tensor]:
        """Source and driving keypoints: the rig's, or in a share of the samples the extractor's, as the engine has them."""
        source, driving = batch.source_keypoints(), batch.driving_keypoints()
        own_source, own_driving = own_keypoints(batch, wide(prediction))
        chosen = torch.rand(source.shape[0], device=source.device) < self._own_share
        chosen = chosen[:, None, None] & (batch.is_face > 0)[:, None, None]
        return torch.where(chosen, own_source, source), torch.where(chosen, own_driving, driving)

    @torch.no_grad()
    def settle_statistics(self, batches: int = 40) -> None:
        """Gives the averaged weights the batch norm statistics that are their own."""
        norms = [module for module in self.averaged.network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        self.averaged.network.train()
        for _ in range(batches if self.device.type == "cuda" else 4):
            batch = self.source.batch(self.options.batch)
            self.averaged.network(batch.source, batch.source_keypoints(), batch.driving_keypoints())
        self.averaged.network.eval()

    # Reporting

    @torch.no_grad()
    def report(self, held_out: dict[str, RenderBatch], means: dict[str, float]) -> None:
        """Prints and keeps a line of losses and held-out PSNR, with the rig's keypoints and with the extractor's; draws a sheet."""
        network = self.averaged.network
        columns = {"step": str(self.step), "s": f"{self.clock.spent:.0f}"}
        columns.update({name: f"{value:.4f}" for name, value in means.items()})
        rows = []
        for name, batch in held_out.items():
            image = network(batch.source, batch.source_keypoints(), batch.driving_keypoints()).image
            columns[name] = f"{losses.decibels(image, batch.target).mean().item():.2f}"
            if batch.is_face.any():
                own = own_keypoints(batch, network.motion_extractor(batch.source))
                columns[name + " own"] = f"{losses.decibels(network(batch.source, *own).image, batch.target).mean().item():.2f}"
            for index in range(min(4, image.shape[0])):
                rows.append((batch.source[index], batch.target[index], image[index], (image[index] - batch.target[index]).abs() * 4))
        line = " | ".join(f"{name} {value}" for name, value in columns.items())
        print(line, flush=True)
        self._log.append(line)
        self.options.out.mkdir(parents=True, exist_ok=True)
        write_png(self.options.out / "render.png", contact_sheet(rows, 192))
        (self.options.out / "render.log.md").write_text("".join(f"- {entry}\n" for entry in self._log))

    # Keeping

    def save(self) -> None:
        """Writes the averaged weights in float16 and, for going on, the whole state."""
        self.options.out.mkdir(parents=True, exist_ok=True)
        self.options.state_folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            f"{module}/{name}": tensor.half()
            for module in RenderNetworks.MODULES
            for name, tensor in canonical(self.averaged.network.get_submodule(module).state_dict()).items()
        }
        safetensors.write(self.options.out / WEIGHTS_FILE, tensors, {
            "widths": json.dumps(self.networks.widths.to_json()), "step": str(self.step), "seconds": f"{self.clock.spent:.0f}"})
        state = {
            "networks": self.networks.state_dict(),
            "averaged": self.averaged.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "spent": self.clock.spent,
            "log": self._log,
        }
        temporary = self.options.state_folder / (STATE_FILE + ".new")
        torch.save(state, temporary)
        temporary.replace(self.options.state_folder / STATE_FILE)

    def resume(self) -> None:
        """Goes on from the whole state, or from the weights alone, or from nothing, whichever there is."""
        state_path, weights_path = self.options.state_folder / STATE_FILE, self.options.out / WEIGHTS_FILE
        if state_path.exists():
            state = torch.load(state_path, map_location=self.device)
            self.networks.load_state_dict(state["networks"])
            self.averaged.network.load_state_dict(state["averaged"])
            for optimizer, own in zip(self.optimizers, state["optimizers"]):
                optimizer.load_state_dict(own)
            self.step, self._log = state["step"], state["log"]
            self.clock = Clock(self.options.seconds, state["spent"])
            print(f"going on from step {self.step}", flush=True)
        elif weights_path.exists():
            tensors, metadata = safetensors.read(weights_path)
            for networks in (self.networks, self.averaged.network):
                fill(networks, by_module(tensors))
            print(f"going on from the weights of step {metadata['step']}, with a fresh optimizer", flush=True)


def own_keypoints(batch: RenderBatch, prediction: MotionPrediction) -> tuple[Tensor, Tensor]:
    """Source and driving keypoints as the engine places them: everything about the source is what the extractor reads.

    The driving pose, expression and translation are the motion's, the scale is the source's.
    """
    canonical_points = prediction.kp.detach().unflatten(-1, (-1, 3))
    read = Motion(
        prediction.exp.detach().unflatten(-1, (-1, 3)), prediction.scale.detach(), prediction.t.detach(), prediction.pose().detach())
    source_truth, driving_truth = Motion.split(batch.source_motion), Motion.split(batch.driving_motion)
    driving = driving_truth._replace(scale=read.scale * driving_truth.scale / source_truth.scale)
    return place(canonical_points, read), place(canonical_points, driving)


def wide(prediction: MotionPrediction) -> MotionPrediction:
    """In float32."""
    return MotionPrediction(*(values.float() for values in prediction))


@torch.no_grad()
def initialise(networks: RenderNetworks) -> None:
    """Starts near the identity: nothing moves and nothing is hidden."""
    for module in networks.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv3d)):
            nn.init.kaiming_normal_(module.weight, a=0.2)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    motion = networks.warping_module.dense_motion_network
    motion.mask.weight.mul_(0.1)
    motion.mask.bias[0] = 2
    motion.occlusion.weight.mul_(0.1)
    motion.occlusion.bias.fill_(3)
    for block in networks.appearance_feature_extractor.resblocks_3d:
        block.conv2.weight.mul_(0.2)
    for name, module in networks.spade_generator.named_modules():
        if name.endswith("mlp_gamma"):
            module.weight.mul_(0.2)
        elif name.startswith("G_middle") and name.endswith("conv_1"):
            module.weight.mul_(0.3)
    networks.spade_generator.conv_img[0].weight.mul_(0.2)
    detector = networks.motion_extractor.detector
    for head in (detector.fc_kp, detector.fc_exp, detector.fc_t, detector.fc_scale):
        head.weight.mul_(0.1)
        head.bias.zero_()
    detector.fc_scale.bias.fill_(1)


def parameter_groups(networks: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """What Muon trains, dense kernels and matrices, and what AdamW trains: vectors, depthwise kernels, the extractor's heads."""
    matrices, others = [], []
    for name, parameter in networks.named_parameters():
        dense = parameter.dim() > 1 and min(parameter.shape[0], parameter[0].numel()) > 1 and parameter.shape[1] > 1
        (matrices if dense and ".fc_" not in name else others).append(parameter)
    return matrices, others


def put_channels_last(networks: nn.Module) -> None:
    """Stores kernels as tensor cores read them."""
    for module in networks.modules():
        if isinstance(module, nn.Conv2d):
            module.to(memory_format=torch.channels_last)
        elif isinstance(module, nn.Conv3d):
            module.to(memory_format=torch.channels_last_3d)
