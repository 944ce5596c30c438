using Moda.Kernels.Cuda.Compilation;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Cuda.Nvrtc;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cuda;

/// <summary>
/// The op set on an NVIDIA GPU of compute capability 7.5 or later: handwritten kernels, compiled when the device is opened or taken from
/// the cache on disk, and cuBLASLt for matrix products. Activations are float16 or float32, sums always float32; results are the
/// same bits each time. Ops are queued and return at once; a fault shows up in a later call. One thread at a time; each further
/// thread has a queue of its own (<see cref="CreateQueue"/>).
/// </summary>
internal sealed partial class CudaDevice : Device, IFusedSpade, IFusedSpadeConvolution, IFusedSparseMotion, IFusedPasteBack
{
    private readonly CudaContext context;
    private readonly DeviceMemoryBudget budget;
    private readonly NvtxApi? ranges;
    private readonly KernelSet kernels;
    private readonly CublasLtHandle matmul;
    private readonly CudaQueue queue;
    private readonly bool sharesContext;

    /// <summary>Opens a GPU.</summary>
    /// <param name="ordinal">Its number, from 0.</param>
    /// <param name="activationType">How activations are stored.</param>
    /// <param name="memoryLimit">Bytes of its memory that may be allocated at one time; null for all that there is.</param>
    /// <exception cref="CudaUnavailableException">A library is missing.</exception>
    /// <exception cref="CudaException">There is no such GPU, or it does not work.</exception>
    /// <exception cref="KernelCompilationException">NVRTC does not accept the kernels.</exception>
    /// <exception cref="NotSupportedException">The GPU is too old.</exception>
    /// <exception cref="InsufficientMemoryException">The memory limit is too low for the buffers of transfers.</exception>
    public CudaDevice(int ordinal = 0, ElementType activationType = ElementType.Float16, long? memoryLimit = null)
        : this(CudaLibraries.Locate(), ordinal, activationType, memoryLimit)
    {
    }

    /// <summary>Opens a GPU with libraries that were located before.</summary>
    /// <param name="libraries">CUDA's libraries.</param>
    /// <param name="ordinal">Its number, from 0.</param>
    /// <param name="activationType">How activations are stored.</param>
    /// <param name="memoryLimit">Bytes of its memory that may be allocated at one time; null for all that there is.</param>
    internal CudaDevice(CudaLibraries libraries, int ordinal, ElementType activationType, long? memoryLimit)
    {
        // All libraries are asked for first, so that a missing one is told before anything is created.
        DriverApi driver = libraries.Driver;
        NvrtcApi nvrtc = libraries.Nvrtc;
        CublasLtApi cublasLt = libraries.CublasLt;
        ActivationType = activationType;
        context = CudaContext.Create(driver, ordinal);
        using var created = new DisposalStack(context);
        Name = $"{context.Device.Label} ({(activationType == ElementType.Float16 ? "float16" : "float32")})";
        budget = new DeviceMemoryBudget(context.Device.Label, memoryLimit);
        ranges = libraries.Ranges;
        string? limit = Environment.GetEnvironmentVariable(CompilationTarget.LimitVariable);
        var compiler = new KernelCompiler(nvrtc, KernelCache.Default(), context.Device.ComputeCapability, limit);
        kernels = created.Add(KernelSet.Load(context, compiler, activationType));
        matmul = created.Add(CublasLtHandle.Create(context, cublasLt));
        queue = created.Add(CreateOwnQueue(StreamPriority.First, CudaTransfers.WeightPieces));
        created.Release();
    }

    // Another queue of the same device: it shares context, kernels and parameters.
    private CudaDevice(CudaDevice other)
    {
        sharesContext = true;
        ActivationType = other.ActivationType;
        Name = other.Name;
        context = other.context;
        budget = other.budget;
        ranges = other.ranges;
        kernels = other.kernels;
        matmul = other.matmul;
        queue = CreateOwnQueue(StreamPriority.Usual, CudaTransfers.FramePieces);
        WaitsForEachKernel = other.WaitsForEachKernel;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ElementType ActivationType { get; }

    /// <inheritdoc/>
    public override int RowAlignment => 16;

    /// <inheritdoc/>
    public override bool RecordsForwards => true;

    /// <inheritdoc/>
    public override bool IsAsynchronous => true;

    /// <summary>Bytes of the GPU's memory that are allocated for tensors, parameters and buffers.</summary>
    public long UsedBytes => budget.UsedBytes;

    /// <summary>The most bytes that were allocated at one time.</summary>
    public long PeakBytes => budget.PeakBytes;

    /// <summary>What <c>nvidia-smi -L</c> calls the GPU.</summary>
    public string Uuid => context.Device.Uuid;

    /// <summary>Whether every kernel is waited for, so that the call that fails is the one at fault. Not while a forward is recorded.</summary>
    public bool WaitsForEachKernel
    {
        get => queue.Launcher.WaitsForEachKernel;
        set => queue.Launcher.WaitsForEachKernel = value;
    }

    /// <summary>Creates a timer of this queue's work; the caller disposes it before the device.</summary>
    public CudaTimer CreateTimer() => new(context, queue.Stream);

    /// <summary>Has convolutions take a tile instead of the one that is chosen. For benchmarks: it changes the bytes of results.</summary>
    /// <exception cref="ArgumentException">There is no such tile.</exception>
    public void ForceTile(ForcedTile tile) => kernels.Convolution.ForceTile(tile);

    /// <summary>The kernel and the tile by which a convolution is carried out: <c>wgmma 256x128/4</c>, <c>depthwise</c>.</summary>
    /// <param name="weights">Packed by this device.</param>
    /// <param name="output">The output's shape.</param>
    public string DescribeConvolution(ConvolutionWeights weights, Shape output) =>
        kernels.Convolution.Describe((CudaConvolutionWeights)weights, output, queue.Multiprocessors);

    /// <inheritdoc/>
    public override DeviceMemory AllocateMemory(long byteLength) => CudaBlock.Allocate(context, budget, byteLength);

    /// <inheritdoc/>
    public override Device CreateQueue() => new CudaDevice(this);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<float> values, Tensor destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, destination.Shape.ElementCount, nameof(values));
        kernels.Transfers.Write(queue, values, destination);
    }

    /// <inheritdoc/>
    public override void Read(Tensor source, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        kernels.Transfers.Read(queue, source, values);
    }

    /// <inheritdoc/>
    public override void ReadBytes(Tensor source, Span<byte> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, source.Shape.ElementCount, nameof(values));
        kernels.Transfers.ReadBytes(queue, source, values);
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
        using ContextScope scope = queue.Enter();
        queue.Stream.Synchronize();
    }

    /// <inheritdoc/>
    protected internal override IReplay? Capture(Action record) => queue.Record(record);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        queue.Dispose();
        if (!sharesContext)
        {
            matmul.Dispose();
            kernels.Dispose();
            context.Dispose();
        }
    }

    private CudaQueue CreateOwnQueue(StreamPriority priority, int pieceCount) =>
        new(context, budget, matmul, ranges, priority, pieceCount) { DeviceName = Name, ActivationType = ActivationType };
}
