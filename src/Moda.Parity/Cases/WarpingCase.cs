using Moda.Kernels;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Parity.Cases;

/// <summary>The warping network: a feature volume and two sets of keypoints to warped features.</summary>
internal sealed class WarpingCase : IParityCase
{
    public string Kind => "warping";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor volume = reference.Input("feature_3d").ToChannelsLast();
        HostTensor source = reference.Input("kp_source");
        HostTensor driving = reference.Input("kp_driving");
        return NetworkCase.Compute(
            device,
            reference,
            "warping_module",
            parameters => new WarpingNetwork(parameters),
            (workspace, network) =>
            {
                Tensor volumePort = workspace.Allocate(volume.Shape);
                Tensor sourcePort = workspace.AllocateCoordinates(source.Shape);
                Tensor drivingPort = workspace.AllocateCoordinates(driving.Shape);
                WarpingSource prepared = network.PrepareSource(workspace, volumePort, sourcePort);
                return (Source: prepared, Driving: drivingPort, Result: network.Forward(workspace, prepared, drivingPort));
            },
            ports =>
            {
                device.Write(volume.Values, ports.Source.Volume);
                device.Write(source.Values, ports.Source.Keypoints);
                device.Write(driving.Values, ports.Driving);
            },
            ports => new()
            {
                ["out"] = HostTensor.Read(device, ports.Result.Features).ToChannelsFirst(),
                ["deformation"] = HostTensor.Read(device, ports.Result.Motion.Deformation),
                ["occlusion_map"] = HostTensor.Read(device, ports.Result.Motion.Occlusion).ToChannelsFirst(),
            });
    }
}
