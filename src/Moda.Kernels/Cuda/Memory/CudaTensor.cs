using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Memory;

/// <summary>Tensors as kernels see them.</summary>
internal static class CudaTensor
{
    /// <summary>The address of a tensor's first element.</summary>
    public static ulong Address(this Tensor tensor) =>
        ((CudaBlock)tensor.Memory!).Address + (ulong)(tensor.Offset * tensor.Type.SizeInBytes());

    /// <summary>Whether every position begins at a multiple of so many bytes.</summary>
    public static bool HasAlignedRows(this in Tensor tensor, int bytes) =>
        tensor.RowStride * tensor.Type.SizeInBytes() % bytes == 0 && tensor.Address() % (ulong)bytes == 0;

    /// <summary>Whether a thread can read or write so many bytes at once: positions are aligned to them, and channels fill them.</summary>
    public static bool IsAligned(this in Tensor tensor, int bytes) =>
        tensor.HasAlignedRows(bytes) && tensor.Channels * tensor.Type.SizeInBytes() % bytes == 0;

    /// <summary>How the kernels read an operand beside a tensor of a shape.</summary>
    public static BroadcastKind BroadcastTo(this in Tensor operand, Shape shape) =>
        operand.Shape == shape ? BroadcastKind.Same
        : operand.Channels == 1 && shape.Channels > 1 ? BroadcastKind.OneChannel
        : BroadcastKind.Trailing;

    /// <summary>Adds a tensor's address and the elements between its positions: what most kernels take of one.</summary>
    public static void AddTensor(this ref KernelArguments arguments, in Tensor tensor) =>
        arguments.AddPointer(tensor.Address(), tensor.Shape).Add(tensor.RowStride);

    /// <summary>Adds an output's address, row stride and channels, and how many elements it has.</summary>
    public static void AddOutput(this ref KernelArguments arguments, in Tensor output)
    {
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add(output.Shape.ElementCount);
    }

    /// <summary>Adds an output's address, row stride, height, width and channels, and how many elements it has.</summary>
    public static void AddPlaneOutput(this ref KernelArguments arguments, in Tensor output)
    {
        arguments.AddTensor(output);
        arguments.Add(output.Shape[^3]).Add(output.Shape[^2]).Add(output.Channels).Add(output.Shape.ElementCount);
    }

    /// <summary>Adds an output's address, row stride and channels, and how many positions it has.</summary>
    public static void AddRowOutput(this ref KernelArguments arguments, in Tensor output)
    {
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add((long)output.Rows);
    }

    /// <summary>Adds the address of a parameter vector [C]; 0 where there is none.</summary>
    public static void AddVector(this ref KernelArguments arguments, in Tensor? vector)
    {
        if (vector is { } present)
        {
            arguments.AddPointer(present.Address(), present.Shape);
        }
        else
        {
            arguments.AddPointer(0);
        }
    }

    /// <summary>Adds an activation: which, and its slope.</summary>
    public static void AddActivation(this ref KernelArguments arguments, Activation activation) =>
        arguments.Add((int)activation.Kind).Add(activation.Slope);
}
