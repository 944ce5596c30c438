using Moda.Kernels;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Parity.Cases;

/// <summary>The motion extractor: an image to keypoints, pose and expression.</summary>
internal sealed class MotionExtractorCase : IParityCase
{
    public string Kind => "motion_extractor";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor image = reference.Input("image").ToChannelsLast();
        return NetworkCase.Compute(
            device,
            reference,
            "motion_extractor",
            parameters => new MotionExtractor(parameters),
            (workspace, network) =>
            {
                Tensor input = workspace.Allocate(image.Shape);
                return (Image: input, Motion: network.Forward(workspace, input));
            },
            ports => device.Write(image.Values, ports.Image),
            ports => new()
            {
                ["pitch"] = HostTensor.Read(device, ports.Motion.Pitch),
                ["yaw"] = HostTensor.Read(device, ports.Motion.Yaw),
                ["roll"] = HostTensor.Read(device, ports.Motion.Roll),
                ["t"] = HostTensor.Read(device, ports.Motion.Translation),
                ["exp"] = HostTensor.Read(device, ports.Motion.Expression),
                ["scale"] = HostTensor.Read(device, ports.Motion.Scale),
                ["kp"] = HostTensor.Read(device, ports.Motion.Keypoints),
            });
    }
}
