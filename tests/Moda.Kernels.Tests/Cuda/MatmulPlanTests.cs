using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Errors;
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

    /// <summary>The algorithm is asked for by the planned rows alone, and carries out those that there are.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(35)]
    [InlineData(40)]
    [InlineData(80)]
    public void The_planned_rows_choose_and_the_actual_rows_run(int rows)
    {
        FakeMatmul.AlgorithmsFound = 8;
        using var plan = new MatmulPlan(library, Planned(rows));
        plan.Run(stream, input: 1000, weight: 2, bias: 0, output: 4000, workspace: 5);

        Assert.Equal([(40, 8)], FakeMatmul.Questions);
        string product = Assert.Single(FakeMatmul.Products);
        Assert.Contains($"B1000 2:30x{rows}/30; C4000 2:20x{rows}/20; D4000 2:20x{rows}/20; 1, 0, algorithm 42", product, StringComparison.Ordinal);
    }

    [Fact]
    public void A_product_of_what_is_planned_and_one_that_plans_nothing_ask_for_one_algorithm()
    {
        using var plain = new MatmulPlan(library, new MatmulProblem(40, 20, 30));
        using var single = new MatmulPlan(library, new MatmulProblem(80, 20, 30) { PlannedRows = 40, ElementRows = 40 });

        Assert.Equal([(40, 1), (40, 1)], FakeMatmul.Questions);
    }

    /// <summary>The choice must be the same for all numbers of elements: what one of them can't use, none uses.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    public void An_algorithm_that_refuses_some_number_of_elements_is_passed_over(int rows)
    {
        FakeMatmul.AlgorithmsFound = 3;
        FakeMatmul.CanDo = (algorithm, count) => algorithm == 2 || count > 5;
        using var plan = new MatmulPlan(library, Planned(rows));
        plan.Run(stream, input: 1, weight: 2, bias: 0, output: 4, workspace: 5);

        Assert.Contains("algorithm 44", FakeMatmul.LastProduct, StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_are_multiplied_one_by_one_where_no_algorithm_does_all_numbers_of_them()
    {
        FakeMatmul.AlgorithmsFound = 3;
        FakeMatmul.CanDo = (_, count) => count > 5;
        using var plan = new MatmulPlan(library, Planned(10) with { ResidualStride = 20 });
        plan.Run(stream, input: 1000, weight: 2, bias: 0, output: 4000, workspace: 5, residual: 7000);

        Assert.Equal([(40, 8), (5, 1)], FakeMatmul.Questions);
        Assert.Equal(2, FakeMatmul.Products.Count);
        Assert.Contains("B1000 2:30x5/30; C7000 2:20x5/20; D4000 2:20x5/20", FakeMatmul.Products[0], StringComparison.Ordinal);
        Assert.Contains($"B{1000 + (5 * 60)} 2:30x5/30; C{7000 + (5 * 40)} 2:20x5/20; D{4000 + (5 * 40)} 2:20x5/20", FakeMatmul.Products[1], StringComparison.Ordinal);
    }

    [Fact]
    public void More_rows_than_an_algorithm_does_are_multiplied_in_calls_of_the_planned_ones()
    {
        FakeMatmul.CanDo = (_, count) => count <= 40;
        using var plan = new MatmulPlan(library, Planned(95) with { OutputType = CudaDataType.Float32, OutputStride = 24 });
        plan.Run(stream, input: 1000, weight: 2, bias: 0, output: 4000, workspace: 5);

        Assert.Equal(["B1000 2:30x40/30", "B3400 2:30x40/30", "B5800 2:30x15/30"], FakeMatmul.Products.Select(product => product.Split("; ")[2]));
        Assert.Equal(["D4000 0:20x40/24", "D7840 0:20x40/24", "D11680 0:20x15/24"], FakeMatmul.Products.Select(product => product.Split("; ")[4]));
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

    // Forwards of elements of five rows, planned for eight of them.
    private static MatmulProblem Planned(int rows) => new(rows, Outputs: 20, Inputs: 30) { PlannedRows = 40, ElementRows = 5 };

    [Fact]
    public void Versions_read_as_NVIDIA_prints_them()
    {
        Assert.Equal(new Version(12, 8, 4), library.Api.Version);
        Assert.Equal(new Version(13, 1, 0), CublasLtApi.ParseVersion(130100));
    }
}
