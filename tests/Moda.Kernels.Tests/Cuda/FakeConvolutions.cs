using Moda.Kernels.Cuda.Convolution;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Kernels;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>The convolutions of a GPU whose modules are fakes: a choice launches nothing.</summary>
internal sealed class FakeConvolutions : IDisposable
{
    private readonly CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
    private readonly CudaModule module;

    public FakeConvolutions()
    {
        module = CudaModule.Load(context, "test.cu", [1]);
        var im2Col = new Im2Col(module);
        TensorCores = new TensorCoreConvolution(new TensorCoreModules(module, module, Stages: 4), im2Col);
        Warpgroups = new WarpgroupConvolution(new WarpgroupModules(_ => module, module), module, im2Col, new ElementwiseKernels(module));
    }

    /// <summary>Those of tensor cores.</summary>
    public TensorCoreConvolution TensorCores { get; }

    /// <summary>Those of warpgroups.</summary>
    public WarpgroupConvolution Warpgroups { get; }

    public void Dispose()
    {
        module.Dispose();
        context.Dispose();
    }
}
