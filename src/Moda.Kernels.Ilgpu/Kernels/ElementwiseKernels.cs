using ILGPU.Runtime;
using Moda.Kernels.Ilgpu.Arithmetic;
using Moda.Kernels.Ilgpu.Execution;
using Moda.Kernels.Ilgpu.Memory;
using Moda.Kernels.Ilgpu.Queues;

namespace Moda.Kernels.Ilgpu.Kernels;

/// <summary>Copies, sums, products and activations: a thread for each element.</summary>
internal sealed class ElementwiseKernels(Accelerator accelerator)
{
    private readonly Kernel<UnaryArguments> copy = new(accelerator, CopyRows);
    private readonly Kernel<UnaryArguments> activate = new(accelerator, ActivateEach);
    private readonly Kernel<BinaryArguments> add = new(accelerator, AddEach);
    private readonly Kernel<BinaryArguments> multiply = new(accelerator, MultiplyEach);
    private readonly Kernel<AddScaledArguments> addScaled = new(accelerator, AddScaledEach);
    private readonly Kernel<ScaleShiftArguments> scaleShift = new(accelerator, ScaleShiftEach);

    /// <summary><see cref="Device.Copy"/>.</summary>
    public void Copy(IlgpuQueue queue, Tensor input, Tensor output) =>
        queue.LaunchForElements(copy, output.Shape.ElementCount, new UnaryArguments(input, Activation.None, output));

    /// <summary><see cref="Device.Add"/>.</summary>
    public void Add(IlgpuQueue queue, Tensor left, Tensor right, Activation activation, Tensor output) =>
        queue.LaunchForElements(add, output.Shape.ElementCount, new BinaryArguments(left, right, activation, output));

    /// <summary><see cref="Device.Multiply"/>.</summary>
    public void Multiply(IlgpuQueue queue, Tensor left, Tensor right, Activation activation, Tensor output) =>
        queue.LaunchForElements(multiply, output.Shape.ElementCount, new BinaryArguments(left, right, activation, output));

    /// <summary><see cref="Device.AddScaled"/>.</summary>
    public void AddScaled(IlgpuQueue queue, Tensor left, Tensor right, Tensor factor, Tensor output) =>
        queue.LaunchForElements(addScaled, output.Shape.ElementCount, new AddScaledArguments(left, right, factor, output));

    /// <summary><see cref="Device.Activate"/>.</summary>
    public void Activate(IlgpuQueue queue, Tensor input, Activation activation, Tensor output) =>
        queue.LaunchForElements(activate, output.Shape.ElementCount, new UnaryArguments(input, activation, output));

    /// <summary><see cref="Device.ScaleShift"/>.</summary>
    public void ScaleShift(IlgpuQueue queue, Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output) =>
        queue.LaunchForElements(scaleShift, output.Shape.ElementCount, new ScaleShiftArguments(input, scale, shift, activation, output));

    private static void CopyRows(UnaryArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            a.Output.Store(at, a.Input.Load(at.Row, at.Column));
        }
    }

    private static void ActivateEach(UnaryArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            a.Output.Store(at, a.Activation.Apply(a.Input.Load(at.Row, at.Column)));
        }
    }

    private static void AddEach(BinaryArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            a.Output.Store(at, a.Activation.Apply(a.Left.Load(at.Row, at.Column) + a.Right.Load(at.Row, at.Column)));
        }
    }

    private static void MultiplyEach(BinaryArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            a.Output.Store(at, a.Activation.Apply(a.Left.Load(at.Row, at.Column) * a.Right.Load(at.Row, at.Column)));
        }
    }

    // Row r belongs to batch element r mod B.
    private static void AddScaledEach(AddScaledArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            float factor = a.Factor.Values[at.Row % a.Batch];
            a.Output.Store(at, a.Left.Load(at.Row, at.Column) + (factor * a.Right.Load(at.Row, at.Column)));
        }
    }

    private static void ScaleShiftEach(ScaleShiftArguments a)
    {
        for (long flat = ElementPosition.First; flat < a.Output.Count; flat += ElementPosition.Step)
        {
            var at = ElementPosition.Of(flat, a.Output.Channels);
            float value = (a.Input.Load(at.Row, at.Column) * a.Scale.Values[at.Column]) + a.Shift.Values[at.Column];
            a.Output.Store(at, a.Activation.Apply(value));
        }
    }

    /// <summary>One operand, whose positions may be repeated, and an output.</summary>
    internal readonly struct UnaryArguments(Tensor input, Activation activation, Tensor output)
    {
        public readonly BroadcastView Input = BroadcastView.Of(input, output.Shape);
        public readonly KernelActivation Activation = new(activation);
        public readonly OutputView Output = new(output);
    }

    /// <summary>Two operands and an output.</summary>
    internal readonly struct BinaryArguments(Tensor left, Tensor right, Activation activation, Tensor output)
    {
        public readonly TensorView Left = TensorView.Of(left);
        public readonly BroadcastView Right = BroadcastView.Of(right, left.Shape);
        public readonly KernelActivation Activation = new(activation);
        public readonly OutputView Output = new(output);
    }

    /// <summary>Two operands, a factor for each batch element, and an output.</summary>
    internal readonly struct AddScaledArguments(Tensor left, Tensor right, Tensor factor, Tensor output)
    {
        public readonly TensorView Left = TensorView.Of(left);
        public readonly TensorView Right = TensorView.Of(right);
        public readonly TensorView Factor = TensorView.Of(factor);
        public readonly int Batch = factor.Channels;
        public readonly OutputView Output = new(output);
    }

    /// <summary>An operand, a scale and a shift for each channel, and an output.</summary>
    internal readonly struct ScaleShiftArguments(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output)
    {
        public readonly TensorView Input = TensorView.Of(input);
        public readonly TensorView Scale = TensorView.Of(scale);
        public readonly TensorView Shift = TensorView.Of(shift);
        public readonly KernelActivation Activation = new(activation);
        public readonly OutputView Output = new(output);
    }
}
