using Moda.Kernels;
using Moda.Runtime.Networks.FaceParsing;

namespace Moda.Parity.Cases;

/// <summary>The face parser: a normalised image to the classes' logits.</summary>
internal sealed class BiSeNetCase : IParityCase
{
    public string Kind => "bisenet";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        HostTensor image = reference.Input("image").ToChannelsLast();
        return NetworkCase.Compute(
            device,
            reference,
            "face_parser",
            parameters => new BiSeNet(parameters),
            (workspace, network) =>
            {
                Tensor input = workspace.Allocate(image.Shape);
                return (Image: input, Logits: network.Forward(workspace, input));
            },
            ports => device.Write(image.Values, ports.Image),
            ports => new() { ["logits"] = HostTensor.Read(device, ports.Logits).ToChannelsFirst() });
    }
}
