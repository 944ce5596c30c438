using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>Copies, sums, products and activations: <c>elementwise.cu</c>.</summary>
internal sealed class ElementwiseKernels(CudaModule module)
{
    private readonly CudaFunction copy = module.GetFunction("copy");
    private readonly CudaFunction add = module.GetFunction("add");
    private readonly CudaFunction addScaled = module.GetFunction("add_scaled");
    private readonly CudaFunction multiply = module.GetFunction("multiply");
    private readonly CudaFunction activate = module.GetFunction("activate_each");
    private readonly CudaFunction scaleShift = module.GetFunction("scale_shift");

    /// <summary><see cref="Device.Copy"/>.</summary>
    public void Copy(CudaQueue queue, Tensor input, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Rows);
        arguments.AddOutput(output);
        queue.LaunchForElements(copy, output.Shape.ElementCount, in arguments);
    }

    /// <summary><see cref="Device.Add"/>.</summary>
    public void Add(CudaQueue queue, Tensor left, Tensor right, Activation activation, Tensor output) =>
        Combine(queue, add, left, right, activation, output);

    /// <summary><see cref="Device.AddScaled"/>.</summary>
    public void AddScaled(CudaQueue queue, Tensor left, Tensor right, Tensor factor, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(left);
        arguments.AddTensor(right);
        arguments.AddVector(factor);
        arguments.Add(factor.Channels);
        arguments.AddOutput(output);
        queue.LaunchForElements(addScaled, output.Shape.ElementCount, in arguments);
    }

    /// <summary><see cref="Device.Multiply"/>.</summary>
    public void Multiply(CudaQueue queue, Tensor left, Tensor right, Activation activation, Tensor output) =>
        Combine(queue, multiply, left, right, activation, output);

    /// <summary><see cref="Device.Activate"/>.</summary>
    public void Activate(CudaQueue queue, Tensor input, Activation activation, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddOutput(output);
        arguments.AddActivation(activation);
        queue.LaunchForElements(activate, output.Shape.ElementCount, in arguments);
    }

    /// <summary><see cref="Device.ScaleShift"/>.</summary>
    public void ScaleShift(CudaQueue queue, Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.AddVector(scale);
        arguments.AddVector(shift);
        arguments.AddOutput(output);
        arguments.AddActivation(activation);
        queue.LaunchForElements(scaleShift, output.Shape.ElementCount, in arguments);
    }

    private static void Combine(CudaQueue queue, CudaFunction kernel, Tensor left, Tensor right, Activation activation, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        var arguments = new KernelArguments();
        arguments.AddTensor(left);
        arguments.AddTensor(right);
        arguments.Add(right.Rows).Add(right.BroadcastTo(left.Shape));
        arguments.AddOutput(output);
        arguments.AddActivation(activation);
        queue.LaunchForElements(kernel, output.Shape.ElementCount, in arguments);
    }
}
