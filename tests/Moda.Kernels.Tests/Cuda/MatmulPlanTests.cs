using Moda.Kernels.Cuda.Interop;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

[Collection(FakeDriver.Collection)]
public sealed class MatmulPlanTests : IDisposable
{
    private readonly CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
    private readonly CudaStream stream;
    private readonly CublasLtHandle library;

    public MatmulPlanTests()
    {
        stream = CudaStream.Create(context);
        library = CublasLtHandle.Create(context, FakeMatmul.Reset());
    }

    public void Dispose()
    {
        library.Dispose();
        stream.Dispose();
        context.Dispose();
        Assert.Empty(FakeMatmul.Alive);
        Assert.Empty(FakeDriver.Alive);
    }

    [Fact]
    public void A_linear_layer_is_the_transposed_product()
    {
        var problem = new MatmulProblem(Rows: 10, Outputs: 20, Inputs: 30) { Epilogue = CublasLtEpilogue.Bias, OutputStride = 25 };
        using var plan = new MatmulPlan(library, problem);
        Assert.Equal(4096, plan.WorkspaceBytes);
        plan.Run(stream, input: 1, weight: 2, bias: 3, output: 4, workspace: 5);

        // Compute type 68, scale type 0; A is transposed (3=1), B is not (4=0), epilogue 7=4, type of the bias 26=2, its address 8=3.
        Assert.Equal(
            "68/0 3=1 4=0 7=4 26=2 8=3; A2 2:30x20/30; B1 2:30x10/30; C4 2:20x10/25; D4 2:20x10/25; 1, 0, algorithm 42, workspace 5+4096",
            FakeMatmul.LastProduct);
    }

    [Fact]
    public void A_batch_has_strides_and_may_take_the_weight_as_it_lies()
    {
        var problem = new MatmulProblem(Rows: 4, Outputs: 8, Inputs: 6)
        {
            WeightIsOutputsByInputs = false,
            InputType = CudaDataType.Float32,
            OutputType = CudaDataType.Float32,
            Batch = 3,
            InputBatchStride = 24,
            WeightBatchStride = 48,
            OutputBatchStride = 32,
            InputStride = 12,
        };
        using var plan = new MatmulPlan(library, problem);
        plan.Run(stream, input: 1, weight: 2, bias: 0, output: 4, workspace: 5);
        Assert.Equal(
            "68/0 3=0 4=0 7=1; A2 0:8x6/8 5=3 6=48; B1 0:6x4/12 5=3 6=24; C4 0:8x4/8 5=3 6=32; D4 0:8x4/8 5=3 6=32; 1, 0, algorithm 42, workspace 5+4096",
            FakeMatmul.LastProduct);
    }

    [Fact]
    public void A_product_that_no_algorithm_can_do_is_named()
    {
        FakeMatmul.AlgorithmsFound = 0;
        CudaException failure = Assert.Throws<CudaException>(() => new MatmulPlan(library, new MatmulProblem(10, 20, 30)));
        Assert.Equal("cublasLtMatmulAlgoGetHeuristic", failure.Call);
        Assert.Equal("CUBLAS_STATUS_OF_THE_TEST", failure.StatusName);
        Assert.Contains("[10, 30] x [20, 30] transposed", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsContextLost);
    }

    [Fact]
    public void The_library_disposed_first_outlives_its_plans()
    {
        using var plan = new MatmulPlan(library, new MatmulProblem(10, 20, 30));
        library.Dispose();
        Assert.NotEmpty(FakeMatmul.Alive);
        plan.Dispose();
        Assert.Empty(FakeMatmul.Alive);
    }

    [Fact]
    public void Versions_read_as_NVIDIA_prints_them()
    {
        Assert.Equal(new Version(12, 8, 4), library.Api.Version);
        Assert.Equal(new Version(13, 1, 0), CublasLtApi.ParseVersion(130100));
    }
}
