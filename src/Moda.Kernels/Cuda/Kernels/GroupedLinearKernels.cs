using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>Several linear layers in one launch: <c>linear_wgmma.cu</c>.</summary>
internal sealed class GroupedLinearKernels
{
    private const int AccessBytes = 16;
    private const int Threads = 128;
    private const int TileRows = 64;
    private const int NarrowColumns = 64;
    private const int WideColumns = 128;

    private readonly CudaFunction narrow;
    private readonly CudaFunction wide;
    private readonly int multiprocessors;

    /// <summary>Looks up the kernels.</summary>
    /// <param name="module">The module.</param>
    /// <param name="multiprocessors">Multiprocessors of the device.</param>
    public GroupedLinearKernels(CudaModule module, int multiprocessors)
    {
        this.multiprocessors = multiprocessors;
        narrow = module.GetFunction("linear_64");
        wide = module.GetFunction("linear_128");
        narrow.AllowDynamicSharedMemory(SharedBytes(NarrowColumns));
        wide.AllowDynamicSharedMemory(SharedBytes(WideColumns));
    }

    /// <summary>
    /// Carries the layers out in one launch where that is faster and the kernels can do it. cuBLASLt is faster at a single layer, unless a
    /// gate follows it, which then takes a kernel of its own: two gated layers gain, and so do more than two.
    /// </summary>
    /// <returns>Whether it did.</returns>
    public bool TryLinear(CudaQueue queue, ReadOnlySpan<LinearPart> parts, BatchPlan batch)
    {
        bool gains = parts.Length > 2 || (parts.Length == 2 && parts[0].Epilogue.Gate is not null && parts[1].Epilogue.Gate is not null);
        if (!gains || parts.Length > KernelLinearParts.MaximumParts)
        {
            return false;
        }

        var group = new KernelLinearParts { Count = parts.Length };
        for (int index = 0; index < parts.Length; index++)
        {
            if (!TryDescribe(parts[index], out group.Part[index]))
            {
                return false;
            }
        }

        using ContextScope scope = queue.Enter();
        int columns = ColumnsFor(group, batch, multiprocessors);
        int tiles = NumberTiles(ref group, columns);
        var arguments = new KernelArguments();
        arguments.Add(group);
        queue.Launch(
            columns == NarrowColumns ? narrow : wide,
            new LaunchConfiguration(new LaunchExtents(tiles), new LaunchExtents(Threads), SharedBytes(columns)),
            in arguments);
        return true;
    }

    /// <summary>Outputs of a tile: wide ones where narrow ones would be many for each multiprocessor.</summary>
    internal static int ColumnsFor(in KernelLinearParts parts, BatchPlan batch, int multiprocessors)
    {
        int tiles = 0;
        for (int index = 0; index < parts.Count; index++)
        {
            tiles += Division.RoundUp(batch.Scale(parts.Part[index].Rows), TileRows) * Division.RoundUp(parts.Part[index].Outputs, NarrowColumns);
        }

        return tiles > 2 * multiprocessors ? WideColumns : NarrowColumns;
    }

    private static int NumberTiles(ref KernelLinearParts parts, int columns)
    {
        int tiles = 0;
        for (int index = 0; index < parts.Count; index++)
        {
            ref KernelLinearPart part = ref parts.Part[index];
            part.FirstTile = tiles;
            part.RowTiles = Division.RoundUp(part.Rows, TileRows);
            tiles += part.RowTiles * Division.RoundUp(part.Outputs, columns);
        }

        return tiles;
    }

    private static bool TryDescribe(in LinearPart part, out KernelLinearPart description)
    {
        description = default;
        (Tensor input, LinearWeights weights, Epilogue epilogue, Tensor output) = part;
        bool isGateUsable = epilogue.Gate is not { } gate || (gate.Channels == output.Channels && gate.IsAligned(AccessBytes));
        bool isResidualUsable = epilogue.Residual is not { } residual || residual.IsAligned(AccessBytes);
        if (!input.IsAligned(AccessBytes) || !output.IsAligned(AccessBytes) || !isGateUsable || !isResidualUsable)
        {
            return false;
        }

        var packed = (CudaLinearWeights)weights;
        description = new KernelLinearPart
        {
            Input = input.Address(),
            Weight = packed.Weight,
            Bias = packed.Bias,
            Gate = epilogue.Gate?.Address() ?? 0,
            Residual = epilogue.Residual?.Address() ?? 0,
            Output = output.Address(),
            InputStride = input.RowStride,
            GateStride = epilogue.Gate?.RowStride ?? 0,
            GateRows = epilogue.Gate?.Rows ?? 1,
            ResidualStride = epilogue.Residual?.RowStride ?? 0,
            OutputStride = output.RowStride,
            Rows = output.Rows,
            Inputs = weights.Inputs,
            Outputs = weights.Outputs,
            Activation = (int)epilogue.Activation.Kind,
            Slope = epilogue.Activation.Slope,
        };
        return true;
    }

    // A step takes 64 inputs of each row and column. Shared memory holds 6 steps of narrow tiles or 4 of wide ones, and room to align
    // them to 1024 bytes.
    private static int SharedBytes(int columns) => ((TileRows + columns) * 64 * sizeof(ushort) * (columns == NarrowColumns ? 6 : 4)) + 1024;
}
