using Moda.Kernels;
using Moda.Runtime.Networks.Retargeting;

namespace Moda.Parity.Cases;

/// <summary>The stitching, lip and eye networks: those that the case has an input for.</summary>
internal sealed class StitchingCase : IParityCase
{
    private static readonly string[] Networks = ["stitching", "lip", "eye"];

    public string Kind => "stitching";

    public IReadOnlyDictionary<string, HostTensor> Compute(Device device, ReferenceCase reference)
    {
        var outputs = new Dictionary<string, HostTensor>();
        foreach (string name in Networks.Where(reference.HasInput))
        {
            HostTensor input = reference.Input(name);
            outputs[name] = NetworkCase.Compute(
                device,
                reference,
                "stitching_retargeting",
                parameters => new RetargetingNetwork(parameters[name]),
                (workspace, network) =>
                {
                    Tensor port = workspace.Allocate(input.Shape);
                    return (Input: port, Output: network.Forward(workspace, port));
                },
                ports => device.Write(input.Values, ports.Input),
                ports => new() { [name] = HostTensor.Read(device, ports.Output) })[name];
        }

        return outputs;
    }
}
