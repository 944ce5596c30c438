using Moda.Kernels.Cuda.Compilation;
using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;
using Moda.Kernels.Cuda.Kernels;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda;

/// <summary>All kernels of a device, compiled for one way of storing activations and loaded.</summary>
internal sealed class KernelSet : IDisposable
{
    private const string TensorCoreConvolution = "convolution_mma.cu";
    private const string ModulatingConvolution = "convolution_modulate.cu";
    private const string ConvolutionPasses = "convolution_passes.cu";
    private const string TensorCoreAttention = "attention_mma.cu";
    private const string WarpgroupLinear = "linear_wgmma.cu";
    private static readonly int[] WarpgroupColumns = [160, 128, 64, 32];
    private static readonly string[] CommonSources =
        ["elementwise.cu", "normalization.cu", "spatial.cu", "spade.cu", "warping.cu", "blending.cu", "attention.cu", "convolution_simt.cu", "packing.cu"];

    private readonly Dictionary<string, CudaModule> modules = new(StringComparer.Ordinal);

    private KernelSet(CudaContext context, CompiledKernel[] compiled, int convolutionStages)
    {
        try
        {
            foreach (CompiledKernel kernel in compiled)
            {
                modules.Add(kernel.Name, CudaModule.Load(context, kernel.Name, kernel.Image));
            }

            CudaModule elementwise = modules["elementwise.cu"];
            bool half = modules.ContainsKey(TensorCoreConvolution);
            Elementwise = new ElementwiseKernels(elementwise);
            Transfers = new TransferKernels(elementwise);
            Normalization = new NormalizationKernels(modules["normalization.cu"], half);
            Spatial = new SpatialKernels(modules["spatial.cu"]);
            Spade = new SpadeKernels(modules["spade.cu"]);
            Warping = new WarpingKernels(modules["warping.cu"]);
            Blending = new BlendingKernels(modules["blending.cu"]);
            Attention = new AttentionKernels(modules["attention.cu"], modules.GetValueOrDefault(TensorCoreAttention));
            GroupedLinearKernels? grouped = modules.TryGetValue(WarpgroupLinear, out CudaModule? linear)
                ? new GroupedLinearKernels(linear, context.Device.MultiprocessorCount)
                : null;
            Linear = new LinearKernels(elementwise, grouped, Transfers);
            Convolution = new ConvolutionKernels(
                new ConvolutionModules(modules["convolution_simt.cu"], modules["packing.cu"])
                {
                    TensorCores = half
                        ? new TensorCoreModules(modules[TensorCoreConvolution], modules[ConvolutionPasses], convolutionStages)
                        : null,
                    Warpgroups = modules.TryGetValue(ModulatingConvolution, out CudaModule? modulating)
                        ? new WarpgroupModules(columns => modules[WarpgroupConvolution(columns)], modulating)
                        : null,
                },
                Linear,
                Elementwise);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ElementwiseKernels Elementwise { get; }

    public TransferKernels Transfers { get; }

    public NormalizationKernels Normalization { get; }

    public AttentionKernels Attention { get; }

    public LinearKernels Linear { get; }

    public ConvolutionKernels Convolution { get; }

    public SpatialKernels Spatial { get; }

    public SpadeKernels Spade { get; }

    public WarpingKernels Warping { get; }

    public BlendingKernels Blending { get; }

    /// <summary>Compiles all sources at the same time, or takes them from the cache, and loads them.</summary>
    /// <exception cref="KernelCompilationException">A source has errors.</exception>
    public static KernelSet Load(CudaContext context, KernelCompiler compiler, ElementType type)
    {
        CompiledKernel[] compiled = Compile(compiler, type);
        return new KernelSet(context, compiled, TensorCoreTile.StagesFor(compiler.Target.Capability));
    }

    /// <summary>Compiles all sources at the same time, or takes them from the cache.</summary>
    /// <exception cref="KernelCompilationException">A source has errors.</exception>
    public static CompiledKernel[] Compile(KernelCompiler compiler, ElementType type)
    {
        bool half = type == ElementType.Float16;

        // Those that take longest begin first.
        string[] ownSources = compiler.Target.HasWarpgroupProducts
            ? [.. WarpgroupColumns.Select(WarpgroupConvolution), WarpgroupLinear, ModulatingConvolution]
            : [];
        string[] sources = half ? [.. ownSources, TensorCoreConvolution, ConvolutionPasses, TensorCoreAttention, .. CommonSources] : CommonSources;
        int stages = TensorCoreTile.StagesFor(compiler.Target.Capability);
        var options = new CompilationOptions { Macros = [half ? "MODA_HALF=1" : "MODA_HALF=0", $"MODA_CONVOLUTION_STAGES={stages}"] };
        return compiler.CompileAll(sources, options);
    }

    private static string WarpgroupConvolution(int columns) => $"convolution_wgmma_{columns}.cu";

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CudaModule module in modules.Values)
        {
            module.Dispose();
        }
    }
}
