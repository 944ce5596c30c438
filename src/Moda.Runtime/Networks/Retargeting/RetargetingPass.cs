using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Retargeting;

/// <summary>Runs a retargeting network that is planned for one number of rows. Inputs and outputs are on the host.</summary>
internal sealed class RetargetingPass : IDisposable
{
    private readonly Device device;
    private readonly ForwardPass<(Tensor Input, Tensor Output)> pass;

    /// <summary>Plans the forward pass.</summary>
    /// <param name="device">The network's device.</param>
    /// <param name="network">The network.</param>
    /// <param name="rows">The number of rows that are computed at once.</param>
    public RetargetingPass(Device device, RetargetingNetwork network, int rows = 1)
    {
        this.device = device;
        pass = new ForwardPass<(Tensor Input, Tensor Output)>(device, workspace =>
        {
            Tensor input = workspace.Allocate(rows, network.Inputs);
            return (input, network.Forward(workspace, input));
        });
    }

    /// <summary>The device memory of the forward pass in bytes, without the network's parameters.</summary>
    public long ArenaBytes => pass.ArenaBytes;

    /// <summary>Computes all rows.</summary>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="output">[rows, outputs].</param>
    /// <param name="cancellationToken">Checked before each op.</param>
    public void Run(ReadOnlySpan<float> input, Span<float> output, CancellationToken cancellationToken = default)
    {
        device.Write(input, pass.Ports.Input);
        pass.Run(cancellationToken);
        device.Read(pass.Ports.Output, output);
    }

    /// <summary>Releases the memory of the forward pass.</summary>
    public void Dispose() => pass.Dispose();
}
