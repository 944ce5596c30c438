using Moda.Kernels.Cpu.Kernels;
using Moda.Kernels.Cpu.Memory;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    /// <inheritdoc/>
    public override void ReadBytes(Tensor source, Span<byte> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        ElementwiseRows rows = ElementwiseRows.Of(source, source.IsContiguous);
        fixed (byte* output = values)
        {
            loops.For(rows.Rows, rows.Length, new ReadBytesKernel
            {
                Rows = rows,
                Input = source.Pointer(),
                InputStride = rows.StrideOf(source, source.IsContiguous),
                Output = output,
            });
        }
    }

    /// <inheritdoc/>
    protected internal override void Copy(Tensor input, Tensor output)
    {
        bool flat = input.Shape == output.Shape && input.IsContiguous && output.IsContiguous;
        ElementwiseRows rows = ElementwiseRows.Of(output, flat);
        loops.For(rows.Rows, rows.Length, new CopyKernel
        {
            Rows = rows,
            Input = input.Pointer(),
            InputStride = rows.StrideOf(input, flat),
            InputRows = flat ? rows.Rows : input.Rows,
            Output = output.Pointer(),
            OutputStride = rows.StrideOf(output, flat),
        });
    }

    /// <inheritdoc/>
    protected internal override void Add(Tensor left, Tensor right, Activation activation, Tensor output) =>
        Binary<AddFunction>(left, right, activation, output);

    /// <inheritdoc/>
    protected internal override void AddScaled(Tensor left, Tensor right, Tensor factor, Tensor output)
    {
        bool flat = factor.Channels == 1 && left.IsContiguous && right.IsContiguous && output.IsContiguous;
        ElementwiseRows rows = ElementwiseRows.Of(output, flat);
        loops.For(rows.Rows, rows.Length, new AddScaledKernel
        {
            Rows = rows,
            Left = left.Pointer(),
            LeftStride = rows.StrideOf(left, flat),
            Right = right.Pointer(),
            RightStride = rows.StrideOf(right, flat),
            Factor = factor.Pointer(),
            BatchSize = factor.Channels,
            Output = output.Pointer(),
            OutputStride = rows.StrideOf(output, flat),
        });
    }

    /// <inheritdoc/>
    protected internal override void Multiply(Tensor left, Tensor right, Activation activation, Tensor output) =>
        Binary<MultiplyFunction>(left, right, activation, output);

    /// <inheritdoc/>
    protected internal override void Activate(Tensor input, Activation activation, Tensor output)
    {
        bool flat = input.IsContiguous && output.IsContiguous;
        ElementwiseRows rows = ElementwiseRows.Of(output, flat);
        loops.For(rows.Rows, rows.Length, activation, new ActivateKernel
        {
            Rows = rows,
            Input = input.Pointer(),
            InputStride = rows.StrideOf(input, flat),
            Output = output.Pointer(),
            OutputStride = rows.StrideOf(output, flat),
        });
    }

    /// <inheritdoc/>
    protected internal override void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output) =>
        loops.For(input.Rows, input.Channels, activation, new ScaleShiftKernel
        {
            Input = input.Pointer(),
            InputStride = input.RowStride,
            Scale = scale.Pointer(),
            Shift = shift.Pointer(),
            Output = output.Pointer(),
            OutputStride = output.RowStride,
            Channels = input.Channels,
        });

    private void Binary<TFunction>(Tensor left, Tensor right, Activation activation, Tensor output)
        where TFunction : unmanaged, IBinaryFunction
    {
        bool flat = left.Shape == right.Shape && left.IsContiguous && right.IsContiguous && output.IsContiguous;
        ElementwiseRows rows = ElementwiseRows.Of(output, flat);
        loops.For(rows.Rows, rows.Length, activation, new BinaryKernel<TFunction>
        {
            Rows = rows,
            Left = left.Pointer(),
            LeftStride = rows.StrideOf(left, flat),
            Right = right.Pointer(),
            RightStride = rows.StrideOf(right, flat),
            RightRows = flat ? rows.Rows : right.Rows,
            RightIsPerRow = right.Channels != left.Channels,
            Output = output.Pointer(),
            OutputStride = rows.StrideOf(output, flat),
        });
    }
}
