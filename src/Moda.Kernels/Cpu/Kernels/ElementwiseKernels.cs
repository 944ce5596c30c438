using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Elementary;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary><see cref="Device.Add"/> and <see cref="Device.Multiply"/> of a range of rows.</summary>
internal unsafe struct BinaryKernel<TFunction> : IActivatedKernel
    where TFunction : unmanaged, IBinaryFunction
{
    public required ElementwiseRows Rows;
    public required float* Left;
    public required int LeftStride;
    public required float* Right;
    public required int RightStride;

    /// <summary>Rows of the second tensor. They are read again from the first on for every so many rows of the output.</summary>
    public required int RightRows;

    /// <summary>Whether the second tensor has one channel for all of the first's.</summary>
    public required bool RightIsPerRow;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        var function = new ActivatedFunction<TFunction, TActivation>(default, activation);
        for (int row = start; row < end; row++)
        {
            float* left = Left + (long)row * LeftStride;
            float* right = Right + (long)(row % RightRows) * RightStride;
            float* output = Output + (long)row * OutputStride;
            int length = Rows.LengthOf(row);
            if (RightIsPerRow)
            {
                RowLoops.Map<TVector, BoundFunction<ActivatedFunction<TFunction, TActivation>>>(left, output, length, new(function, *right));
            }
            else
            {
                RowLoops.Map<TVector, ActivatedFunction<TFunction, TActivation>>(left, right, output, length, function);
            }
        }
    }
}

/// <summary><see cref="Device.Activate"/> of a range of rows.</summary>
internal unsafe struct ActivateKernel : IActivatedKernel
{
    public required ElementwiseRows Rows;
    public required float* Input;
    public required int InputStride;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int row = start; row < end; row++)
        {
            RowLoops.Map<TVector, TActivation>(
                Input + (long)row * InputStride, Output + (long)row * OutputStride, Rows.LengthOf(row), activation);
        }
    }
}

/// <summary><see cref="Device.ScaleShift"/> of a range of positions.</summary>
internal unsafe struct ScaleShiftKernel : IActivatedKernel
{
    public required float* Input;
    public required int InputStride;
    public required float* Scale;
    public required float* Shift;
    public required float* Output;
    public required int OutputStride;
    public required int Channels;

    public readonly void Invoke<TVector, TActivation>(int start, int end, TActivation activation)
        where TVector : unmanaged, IFloatVector<TVector>
        where TActivation : unmanaged, IActivationFunction
    {
        for (int row = start; row < end; row++)
        {
            RowLoops.ScaleShift<TVector, TActivation>(
                Input + (long)row * InputStride, Scale, Shift, Output + (long)row * OutputStride, Channels, activation);
        }
    }
}

/// <summary><see cref="Device.AddScaled"/> of a range of rows.</summary>
internal unsafe struct AddScaledKernel : IVectorKernel
{
    public required ElementwiseRows Rows;
    public required float* Left;
    public required int LeftStride;
    public required float* Right;
    public required int RightStride;

    /// <summary>A factor for each element of the batch; rows of the elements alternate.</summary>
    public required float* Factor;
    public required int BatchSize;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            RowLoops.Map<TVector, AddScaledFunction>(
                Left + (long)row * LeftStride,
                Right + (long)row * RightStride,
                Output + (long)row * OutputStride,
                Rows.LengthOf(row),
                new AddScaledFunction(Factor[row % BatchSize]));
        }
    }
}

/// <summary><see cref="Device.Copy"/> of a range of rows.</summary>
internal unsafe struct CopyKernel : IVectorKernel
{
    public required ElementwiseRows Rows;
    public required float* Input;
    public required int InputStride;

    /// <summary>Rows of the input. They are read again from the first on for every so many rows of the output.</summary>
    public required int InputRows;
    public required float* Output;
    public required int OutputStride;

    public readonly void Invoke<TVector>(int start, int end)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        for (int row = start; row < end; row++)
        {
            RowLoops.Copy(Input + (long)(row % InputRows) * InputStride, Output + (long)row * OutputStride, Rows.LengthOf(row));
        }
    }
}
