using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected internal override void Copy(Tensor input, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Rows);
        arguments.AddOutput(output);
        LaunchForElements(kernels.Elementwise.Copy, output.Shape.ElementCount, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void Add(Tensor left, Tensor right, Activation activation, Tensor output) =>
        Combine(kernels.Elementwise.Add, left, right, activation, output);

    /// <inheritdoc/>
    protected internal override void AddScaled(Tensor left, Tensor right, Tensor factor, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(left);
        arguments.AddTensor(right);
        arguments.AddVector(factor);
        arguments.Add(factor.Channels);
        arguments.AddOutput(output);
        LaunchForElements(kernels.Elementwise.AddScaled, output.Shape.ElementCount, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void Multiply(Tensor left, Tensor right, Activation activation, Tensor output) =>
        Combine(kernels.Elementwise.Multiply, left, right, activation, output);

    /// <inheritdoc/>
    protected internal override void Activate(Tensor input, Activation activation, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddOutput(output);
        arguments.AddActivation(activation);
        LaunchForElements(kernels.Elementwise.Activate, output.Shape.ElementCount, in arguments);
    }

    /// <inheritdoc/>
    protected internal override void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddVector(scale);
        arguments.AddVector(shift);
        arguments.AddOutput(output);
        arguments.AddActivation(activation);
        LaunchForElements(kernels.Elementwise.ScaleShift, output.Shape.ElementCount, in arguments);
    }

    private static BroadcastKind BroadcastOf(Tensor operand, Shape shape) =>
        operand.Shape == shape ? BroadcastKind.Same
        : operand.Channels == 1 && shape.Channels > 1 ? BroadcastKind.OneChannel
        : BroadcastKind.Trailing;

    private void Combine(CudaFunction kernel, Tensor left, Tensor right, Activation activation, Tensor output)
    {
        using ContextScope scope = context.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(left);
        arguments.AddTensor(right);
        arguments.Add(right.Rows).Add(BroadcastOf(right, left.Shape));
        arguments.AddOutput(output);
        arguments.AddActivation(activation);
        LaunchForElements(kernel, output.Shape.ElementCount, in arguments);
    }
}
