using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Testing.Cases;

/// <summary>One op with its inputs on a device, ready to be carried out over and over.</summary>
internal sealed class NetworkOpRun : IDisposable
{
    private readonly ForwardPass<Tensor> pass;

    public NetworkOpRun(Device device, NetworkOp op)
    {
        Tensor[] inputs = new Tensor[op.Inputs.Length];
        pass = new ForwardPass<Tensor>(device, workspace =>
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] = workspace.Allocate(op.Inputs[i]);
            }

            return op.Carry(workspace, inputs);
        });
        var random = new Random(11);
        foreach (Tensor input in inputs)
        {
            var values = new float[input.Shape.ElementCount];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = 2 * random.NextSingle() - 1;
            }

            device.Write(values, input);
        }
    }

    /// <summary>What the op wrote.</summary>
    public Tensor Output => pass.Ports;

    public void Invoke() => pass.Run();

    public void Dispose() => pass.Dispose();
}
