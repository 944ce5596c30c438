using Moda.Kernels;
using Moda.Runtime.Networks.Rendering;

namespace Moda.Parity.Cases;

/// <summary>The SPADE generator: warped features to an image.</summary>
internal sealed class SpadeCase : IParityCase
{
    public string Kind => "spade";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor features = reference.Input("feature").ToChannelsLast();
        return NetworkCase.Compute(
            device,
            reference,
            "spade_generator",
            parameters => new SpadeGenerator(parameters),
            (workspace, network) =>
            {
                Tensor input = workspace.Allocate(features.Shape);
                return (Features: input, Image: network.Forward(workspace, input));
            },
            ports => device.Write(features.Values, ports.Features),
            ports => new() { ["image"] = HostTensor.Read(device, ports.Image).ToChannelsFirst() });
    }
}
