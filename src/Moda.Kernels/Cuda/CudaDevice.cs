using Moda.Kernels.Cuda.Compilation;
using Moda.Kernels.Cuda.Interop;
using Moda.Kernels.Cuda.Kernels;

namespace Moda.Kernels.Cuda;

/// <summary>
/// The op set on an NVIDIA GPU of compute capability 7.5 or later: handwritten kernels, compiled when the device is opened or taken from
/// the cache on disk, and cuBLASLt for matrix products. Activations are float16 or float32, sums always float32; results are the
/// same bits each time. Ops are queued and return at once; a fault shows up in a later call. One thread at a time; each further
/// thread has a <see cref="CreateQueue">queue</see>.
/// </summary>
public sealed partial class CudaDevice : Device
{
    private readonly CudaContext context;
    private readonly CudaMemoryBudget budget;
    private readonly CudaStream stream;
    private readonly NvtxApi? ranges;
    private readonly CudaLauncher launcher;
    private readonly KernelSet kernels;
    private readonly CublasLtHandle matmul;
    private readonly MatmulPlans matmulPlans;
    private readonly CudaScratch scratch;
    private readonly CudaTransfers transfers;
    private readonly bool isQueue;

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
    public CudaDevice(CudaLibraries libraries, int ordinal, ElementType activationType, long? memoryLimit)
    {
        DriverApi driver = libraries.Driver;
        NvrtcApi nvrtc = libraries.Nvrtc;
        CublasLtApi cublasLt = libraries.CublasLt;
        ActivationType = activationType;
        context = CudaContext.Create(driver, ordinal);

        // What is created in a context keeps it alive, so that a failure needs no order of clean-up.
        using var created = new DisposalStack(context);
        Name = $"{context.Device.Label} ({(activationType == ElementType.Float16 ? "float16" : "float32")})";
        budget = new CudaMemoryBudget(context.Device.Label, memoryLimit);
        stream = created.Add(CudaStream.Create(context, StreamPriority.First));
        ranges = libraries.Ranges;
        launcher = new CudaLauncher(stream, ranges);
        string? limit = Environment.GetEnvironmentVariable(CompilationTarget.LimitVariable);
        var compiler = new KernelCompiler(nvrtc, KernelCache.Default(), context.Device.ComputeCapability, limit);
        kernels = created.Add(KernelSet.Load(context, compiler, activationType));
        matmul = created.Add(CublasLtHandle.Create(context, cublasLt));
        matmulPlans = created.Add(new MatmulPlans(matmul));
        scratch = created.Add(new CudaScratch(context, stream, budget));
        transfers = created.Add(new CudaTransfers(context, stream, budget, CudaTransfers.WeightPieces));
        created.Release();
    }

    // A queue: the same context, kernels and parameters, but a stream and everything that belongs to what runs on it.
    private CudaDevice(CudaDevice other)
    {
        isQueue = true;
        ActivationType = other.ActivationType;
        Name = other.Name;
        context = other.context;
        budget = other.budget;
        ranges = other.ranges;
        kernels = other.kernels;
        matmul = other.matmul;
        stream = CudaStream.Create(context);
        using var created = new DisposalStack(stream);
        launcher = new CudaLauncher(stream, ranges) { WaitsForEachKernel = other.WaitsForEachKernel };
        matmulPlans = created.Add(new MatmulPlans(matmul));
        scratch = created.Add(new CudaScratch(context, stream, budget));
        transfers = created.Add(new CudaTransfers(context, stream, budget, CudaTransfers.FramePieces));
        created.Release();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ElementType ActivationType { get; }

    /// <inheritdoc/>
    public override int RowAlignment => CopyBytes;

    /// <inheritdoc/>
    public override bool RecordsForwards => true;

    /// <inheritdoc/>
    public override bool IsAsynchronous => true;

    /// <summary>The GPU.</summary>
    public CudaDeviceInformation Information => context.Device;

    /// <summary>Bytes of the GPU's memory that are allocated for tensors, parameters and buffers.</summary>
    public long UsedBytes => budget.UsedBytes;

    /// <summary>The most bytes that were allocated at one time.</summary>
    public long PeakBytes => budget.PeakBytes;

    /// <summary>Whether every kernel is waited for, so that the call that fails is the one at fault. Not while a forward is recorded.</summary>
    public bool WaitsForEachKernel
    {
        get => launcher.WaitsForEachKernel;
        set => launcher.WaitsForEachKernel = value;
    }

    /// <inheritdoc/>
    public override DeviceMemory AllocateMemory(long byteLength) => CudaBlock.Allocate(context, budget, byteLength);

    /// <inheritdoc/>
    public override Device CreateQueue() => new CudaDevice(this);

    /// <inheritdoc/>
    public override void Synchronize()
    {
        using ContextScope scope = context.Enter();
        stream.Synchronize();
    }

    /// <inheritdoc/>
    protected internal override IReplay? Capture(Action record)
    {
        using ContextScope scope = context.Enter();
        bool waits = launcher.WaitsForEachKernel;
        launcher.WaitsForEachKernel = false;
        stream.BeginCapture();
        try
        {
            record();
        }
        catch
        {
            stream.AbandonCapture();
            throw;
        }
        finally
        {
            launcher.WaitsForEachKernel = waits;
        }

        using CudaGraph graph = stream.EndCapture();
        return new CudaReplay(context, stream, scratch, graph.Instantiate());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        transfers.Dispose();
        scratch.Dispose();
        matmulPlans.Dispose();
        stream.Dispose();
        if (!isQueue)
        {
            matmul.Dispose();
            kernels.Dispose();
            context.Dispose();
        }
    }

    private void Launch(CudaFunction function, in LaunchConfiguration configuration, ref readonly KernelArguments arguments) =>
        launcher.Launch(function, configuration, in arguments);

    private void LaunchForElements(CudaFunction function, long count, ref readonly KernelArguments arguments) =>
        launcher.Launch(function, LaunchConfiguration.ForElements(count), in arguments);
}
