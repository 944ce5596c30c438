using ILGPU;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Products;

/// <summary>What follows a product, as kernels see it: <c>activation(gate (product + bias) + residual)</c>, then the output.</summary>
internal readonly struct ProductEpilogue
{
    private readonly ArrayView<float> bias;
    private readonly BroadcastView gate;
    private readonly TensorView residual;
    private readonly TensorView output;
    private readonly KernelActivation activation;
    private readonly int hasBias;
    private readonly int hasGate;
    private readonly int hasResidual;

    /// <summary>Describes an epilogue.</summary>
    public ProductEpilogue(IlgpuQueue queue, ArrayView<float>? bias, in Epilogue epilogue, in Tensor output)
    {
        this.bias = bias ?? queue.Nothing.Values;
        hasBias = bias is null ? 0 : 1;
        gate = epilogue.Gate is { } gates ? BroadcastView.Of(gates, output.Shape) : new BroadcastView(queue.Nothing, 1, hasOneChannel: true);
        hasGate = epilogue.Gate is null ? 0 : 1;
        residual = epilogue.Residual is { } added ? TensorView.Of(added) : queue.Nothing;
        hasResidual = epilogue.Residual is null ? 0 : 1;
        activation = new KernelActivation(epilogue.Activation);
        this.output = TensorView.Of(output);
    }

    /// <summary>Stores sums as they are: partial ones, that another kernel finishes.</summary>
    public ProductEpilogue(IlgpuQueue queue, TensorView output)
    {
        bias = queue.Nothing.Values;
        gate = new BroadcastView(queue.Nothing, 1, hasOneChannel: true);
        residual = queue.Nothing;
        this.output = output;
    }

    /// <summary>Finishes a sum and stores it.</summary>
    public void Store(long row, int channel, float sum)
    {
        float value = hasBias != 0 ? sum + bias[channel] : sum;
        if (hasGate != 0)
        {
            value *= gate.Load(row, channel);
        }

        if (hasResidual != 0)
        {
            value += residual.Load(row, channel);
        }

        output.Store(row, channel, activation.Apply(value));
    }
}
