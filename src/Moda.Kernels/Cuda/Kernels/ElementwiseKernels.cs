using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The kernels of <c>elementwise.cu</c>.</summary>
internal sealed class ElementwiseKernels(CudaModule module)
{
    public readonly CudaFunction WriteValues = module.GetFunction("write_values");
    public readonly CudaFunction WriteSingles = module.GetFunction("write_singles");
    public readonly CudaFunction ReadValues = module.GetFunction("read_values");
    public readonly CudaFunction ReadSingles = module.GetFunction("read_singles");
    public readonly CudaFunction ReadBytes = module.GetFunction("read_bytes");
    public readonly CudaFunction Copy = module.GetFunction("copy");
    public readonly CudaFunction Add = module.GetFunction("add");
    public readonly CudaFunction AddScaled = module.GetFunction("add_scaled");
    public readonly CudaFunction Multiply = module.GetFunction("multiply");
    public readonly CudaFunction Activate = module.GetFunction("activate_each");
    public readonly CudaFunction ScaleShift = module.GetFunction("scale_shift");
    public readonly CudaFunction FinishProduct = module.GetFunction("finish_product");
}
