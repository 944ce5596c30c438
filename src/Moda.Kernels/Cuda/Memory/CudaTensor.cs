using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Memory;

/// <summary>Tensors as kernels see them.</summary>
internal static class CudaTensor
{
    /// <summary>The address of a tensor's first element.</summary>
    public static ulong Address(this Tensor tensor) =>
        ((CudaBlock)tensor.Memory!).Address + (ulong)(tensor.Offset * tensor.Type.SizeInBytes());

    /// <summary>Whether a thread can read or write that many neighbouring channels at once: groups of them fill rows and are aligned.</summary>
    public static bool FitsLanes(this Tensor tensor, int lanes) =>
        tensor.Channels % lanes == 0
        && tensor.RowStride % lanes == 0
        && tensor.Address() % (ulong)(lanes * tensor.Type.SizeInBytes()) == 0;

    /// <summary>Adds a tensor's address and the elements between its positions: what most kernels take of one.</summary>
    public static void AddTensor(this ref KernelArguments arguments, in Tensor tensor) =>
        arguments.AddPointer(tensor.Address(), tensor.Shape).Add(tensor.RowStride);

    /// <summary>Adds an output's address, row stride and channels, and how many elements it has.</summary>
    public static void AddOutput(this ref KernelArguments arguments, in Tensor output)
    {
        arguments.AddTensor(output);
        arguments.Add(output.Channels).Add(output.Shape.ElementCount);
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
