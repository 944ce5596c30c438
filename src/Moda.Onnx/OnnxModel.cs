using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Moda.Weights.Files;

namespace Moda.Onnx;

/// <summary>One ONNX file with one input and any number of outputs, all float32.</summary>
/// <remarks>Its runs may go on at once, on several threads.</remarks>
internal sealed class OnnxModel : IDisposable
{
    private const string CudaProvider = "CUDAExecutionProvider";

    private readonly InferenceSession session;
    private readonly string inputName;

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads of a run; 0 for as many as there are cores. One is best for what runs once: others take longer to start than to help.</param>
    /// <param name="cudaDevice">The number of the GPU that runs it; null for the CPU.</param>
    /// <exception cref="OnnxModelException">It is missing, something else, or can't be loaded; or ONNX Runtime or its CUDA provider isn't there.</exception>
    public OnnxModel(string path, int threads = 1, int? cudaDevice = null)
    {
        Path = path;
        RefuseForeign(path);
        session = Open(path, threads, cudaDevice);
        OutputNames = session.OutputNames;
        try
        {
            inputName = session.InputNames is [string first, ..]
                ? first
                : throw new OnnxModelException(path, "it has no input; it is another model than the one needed.");
            InputShape = ShapeOf(inputName, session.InputMetadata);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Whether ONNX Runtime's native library is here; without it no model can be loaded.</summary>
    public static bool RuntimeIsHere { get; } = NativeLibrary.TryLoad("onnxruntime", typeof(InferenceSession).Assembly, searchPath: null, out _);

    /// <summary>Whether this ONNX Runtime can run models on NVIDIA GPUs.</summary>
    public static bool HasCuda => RuntimeIsHere && OrtEnv.Instance().GetAvailableProviders().Contains(CudaProvider);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How many inputs it has.</summary>
    public int InputCount => session.InputNames.Count;

    /// <summary>Extents of the first input; -1 where the file leaves one open.</summary>
    public IReadOnlyList<int> InputShape { get; }

    /// <summary>Names of the outputs, in the file's order.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>Extents of an output; -1 where the file leaves one open.</summary>
    /// <exception cref="OnnxModelException">It is no tensor of float32.</exception>
    public IReadOnlyList<int> OutputShape(int index) => ShapeOf(OutputNames[index], session.OutputMetadata);

    /// <summary>Runs the model.</summary>
    /// <param name="values">The input.</param>
    /// <param name="shape">Its shape.</param>
    /// <returns>The outputs' values, in the file's order.</returns>
    /// <exception cref="OnnxModelException">The model refuses the input, or gives values that are not finite.</exception>
    public float[][] Run(float[] values, params long[] shape)
    {
        try
        {
            using var options = new RunOptions();
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, shape);
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [inputName], [input], OutputNames);
            return [.. outputs.Select((output, index) => RequireFinite(output.GetTensorDataAsSpan<float>(), OutputNames[index]).ToArray())];
        }
        catch (OnnxRuntimeException error)
        {
            throw Refused(shape, error);
        }
    }

    /// <summary>Runs a model whose first output has the shape of its input.</summary>
    /// <param name="values">The input.</param>
    /// <param name="result">Takes the output; as long as the input.</param>
    /// <param name="shape">The shape of both.</param>
    /// <param name="cancellationToken">Stops the run between two of the model's operations.</param>
    /// <exception cref="OnnxModelException">The model refuses the input, or gives values that are not finite.</exception>
    public void Run(float[] values, float[] result, long[] shape, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var options = new RunOptions();
        try
        {
            using CancellationTokenRegistration stop = cancellationToken.Register(() => options.Terminate = true);
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, shape);
            using OrtValue output = OrtValue.CreateTensorValueFromMemory(result, shape);
            session.Run(options, [inputName], [input], [OutputNames[0]], [output]);
        }
        catch (OnnxRuntimeException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Refused(shape, error);
        }

        RequireFinite(result, OutputNames[0]);
    }

    /// <summary>Requires a number of values in an output.</summary>
    /// <param name="output">What the model gave.</param>
    /// <param name="index">Which output.</param>
    /// <param name="count">How many values it must have.</param>
    /// <exception cref="OnnxModelException">It has another number of them.</exception>
    public void RequireCount(float[] output, int index, int count)
    {
        if (output.Length != count)
        {
            throw new OnnxModelException(Path, $"output '{OutputNames[index]}' has {output.Length} values instead of {count}; it is another model than the one needed.");
        }
    }

    public void Dispose() => session.Dispose();

    private static void RefuseForeign(string path)
    {
        try
        {
            if (ForeignFiles.Describe(FileKinds.Recognise(path), FileKind.Onnx) is string problem)
            {
                throw new OnnxModelException(path, problem);
            }
        }
        catch (FileNotFoundException error)
        {
            throw new OnnxModelException(path, "there is no such file.", error);
        }
        catch (IOException error)
        {
            throw new OnnxModelException(path, $"it can't be read: {error.Message}", error);
        }
    }

    private static InferenceSession Open(string path, int threads, int? cudaDevice)
    {
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = threads };
            if (cudaDevice is int device)
            {
                UseCuda(options, path, device);
            }

            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new OnnxModelException(path, $"it can't be loaded; it is damaged, or no ONNX model: {error.Message}", error);
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException })
        {
            throw new OnnxModelException(path, "ONNX Runtime's native library (libonnxruntime) isn't beside the program; use a build that has it, or do without the model.", error);
        }
    }

    private static void UseCuda(SessionOptions options, string path, int device)
    {
        if (!HasCuda)
        {
            throw new OnnxModelException(path, "it can't run on a GPU: this ONNX Runtime has no CUDA provider. Use the package Microsoft.ML.OnnxRuntime.Gpu, or the CPU.");
        }

        try
        {
            options.AppendExecutionProvider_CUDA(device);
        }
        catch (OnnxRuntimeException error)
        {
            throw new OnnxModelException(path, $"it can't run on GPU {device}: {error.Message}", error);
        }
    }

    private int[] ShapeOf(string name, IReadOnlyDictionary<string, NodeMetadata> values) =>
        values[name] is { IsTensor: true } value && value.ElementType == typeof(float)
            ? value.Dimensions
            : throw new OnnxModelException(Path, $"'{name}' is no tensor of float32; it is another model than the one needed, or one of another precision.");

    private OnnxModelException Refused(long[] shape, OnnxRuntimeException error) =>
        new(Path, $"it can't be run on values [{string.Join(", ", shape)}]: {error.Message}", error);

    private ReadOnlySpan<float> RequireFinite(ReadOnlySpan<float> values, string name)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                throw new OnnxModelException(Path, $"output '{name}' has values that are not finite; get the file again.");
            }
        }

        return values;
    }
}
