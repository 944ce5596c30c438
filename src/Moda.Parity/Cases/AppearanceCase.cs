using Moda.Kernels;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Parity.Cases;

/// <summary>The appearance extractor: an image to a feature volume.</summary>
internal sealed class AppearanceCase : IParityCase
{
    public string Kind => "appearance";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor image = reference.Input("image").ToChannelsLast();
        return NetworkCase.Compute(
            device,
            reference,
            "appearance_feature_extractor",
            parameters => new AppearanceExtractor(parameters),
            (workspace, network) =>
            {
                Tensor input = workspace.Allocate(image.Shape);
                return (Image: input, Volume: network.Forward(workspace, input));
            },
            ports => device.Write(image.Values, ports.Image),
            ports => new() { ["feature_3d"] = HostTensor.Read(device, ports.Volume).ToChannelsFirst() });
    }
}
