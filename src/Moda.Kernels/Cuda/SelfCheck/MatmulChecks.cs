using System.Globalization;
using Moda.Kernels.Cuda.CublasLt;
using Moda.Kernels.Cuda.Driver;

namespace Moda.Kernels.Cuda.SelfCheck;

/// <summary>Checks of cuBLASLt against float64 on the host.</summary>
internal static class MatmulChecks
{
    private const int Size = 256;

    /// <summary>Runs all.</summary>
    public static void RunAll(SelfCheckReport report, SelfCheckDevice device, CublasLtApi api)
    {
        using CublasLtHandle library = CublasLtHandle.Create(device.Context, api);
        report.Run("float32 product with bias", () => Float32(device, library));
        report.Run("float16 product with bias and GELU", () => Float16(device, library));
        report.Run("batch of products in a graph", () => Batch(device, library));
    }

    private static string Float32(SelfCheckDevice device, CublasLtHandle library)
    {
        var problem = new MatmulProblem(Size, Size, Size)
        {
            InputType = CudaDataType.Float32,
            OutputType = CudaDataType.Float32,
            Epilogue = CublasLtEpilogue.Bias,
        };
        float[] input = Numbers(1, Size * Size), weight = Numbers(2, Size * Size), bias = Numbers(3, Size);
        float[] actual = Run<float>(device, library, problem, input, weight, bias);
        return SelfCheckReport.RequireClose(actual, Expected(problem, input, weight, bias), 1e-6);
    }

    /// <summary>Also tells which GELU the epilogue computes: the exact one or the approximation by tanh.</summary>
    private static string Float16(SelfCheckDevice device, CublasLtHandle library)
    {
        var problem = new MatmulProblem(Size, Size / 2, Size * 2) { Epilogue = CublasLtEpilogue.GeluBias };
        Half[] input = Halves(4, Size * Size * 2), weight = Halves(5, Size / 2 * Size * 2), bias = Halves(6, Size / 2);
        Half[] result = Run<Half>(device, library, problem, input, weight, bias);
        float[] actual = Array.ConvertAll(result, value => (float)value);
        double[] product = Expected(
            problem,
            Array.ConvertAll(input, value => (float)value),
            Array.ConvertAll(weight, value => (float)value),
            Array.ConvertAll(bias, value => (float)value));
        double byTanh = SelfCheckReport.RelativeDistance(actual, Array.ConvertAll(product, GeluByTanh));
        string told = string.Create(CultureInfo.InvariantCulture, $"relative L2 error {byTanh:0.0e+00} against GELU by tanh");
        SelfCheckReport.Require(byTanh <= 1e-3, told);
        return told;
    }

    private static string Batch(SelfCheckDevice device, CublasLtHandle library)
    {
        const int Products = 3, Rows = 48, Outputs = 64, Inputs = 32;
        var problem = new MatmulProblem(Rows, Outputs, Inputs)
        {
            InputType = CudaDataType.Float32,
            OutputType = CudaDataType.Float32,
            WeightIsOutputsByInputs = false,
            Batch = Products,
            InputBatchStride = Rows * Inputs,
            WeightBatchStride = Inputs * Outputs,
            OutputBatchStride = Rows * Outputs,
        };
        float[] input = Numbers(7, Products * Rows * Inputs), weight = Numbers(8, Products * Inputs * Outputs);
        float[] actual = Run<float>(device, library, problem, input, weight, [], throughGraph: true);
        double[] expected =
        [
            .. Enumerable.Range(0, Products).SelectMany(product => Expected(
                problem,
                input.AsSpan(product * Rows * Inputs, Rows * Inputs).ToArray(),
                weight.AsSpan(product * Inputs * Outputs, Inputs * Outputs).ToArray(),
                [])),
        ];
        return SelfCheckReport.RequireClose(actual, expected, 1e-6);
    }

    private static T[] Run<T>(
        SelfCheckDevice device, CublasLtHandle library, MatmulProblem problem, T[] input, T[] weight, T[] bias, bool throughGraph = false)
        where T : unmanaged
    {
        int count = problem.Batch * problem.Rows * problem.Outputs;
        using CudaMemory inputMemory = device.Upload<T>(input);
        using CudaMemory weightMemory = device.Upload<T>(weight);
        using CudaMemory biasMemory = device.Upload<T>(bias.Length == 0 ? new T[1] : bias);
        using CudaMemory output = device.Upload<T>(new T[count]);
        using MatmulPlan plan = new(library, problem);
        using CudaMemory workspace = CudaMemory.Allocate(device.Context, Math.Max(plan.WorkspaceBytes, 256));
        using ContextScope scope = device.Context.Enter();
        device.Stream.Synchronize();
        if (!throughGraph)
        {
            plan.Run(device.Stream, inputMemory.Address, weightMemory.Address, biasMemory.Address, output.Address, workspace.Address);
            return device.Download<T>(output, count);
        }

        device.Stream.BeginCapture();
        plan.Run(device.Stream, inputMemory.Address, weightMemory.Address, biasMemory.Address, output.Address, workspace.Address);
        using CudaGraph graph = device.Stream.EndCapture();
        using CudaGraphExec executable = graph.Instantiate();
        executable.Launch(device.Stream);
        return device.Download<T>(output, count);
    }

    private static double[] Expected(MatmulProblem problem, float[] input, float[] weight, float[] bias)
    {
        double[] output = new double[problem.Rows * problem.Outputs];
        for (int row = 0; row < problem.Rows; row++)
        {
            for (int column = 0; column < problem.Outputs; column++)
            {
                double sum = bias.Length == 0 ? 0 : bias[column];
                for (int index = 0; index < problem.Inputs; index++)
                {
                    int at = problem.WeightIsOutputsByInputs
                        ? (column * problem.Inputs) + index
                        : (index * problem.Outputs) + column;
                    sum += (double)input[(row * problem.Inputs) + index] * weight[at];
                }

                output[(row * problem.Outputs) + column] = sum;
            }
        }

        return output;
    }

    private static double GeluByTanh(double x) =>
        0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    /// <summary>Numbers in [-0.5, 0.5) from a seed.</summary>
#pragma warning disable CA5394 // Reproducible test data, nothing secret.
    private static float[] Numbers(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
#pragma warning restore CA5394

    private static Half[] Halves(int seed, int count) => Array.ConvertAll(Numbers(seed, count), value => (Half)value);
}
