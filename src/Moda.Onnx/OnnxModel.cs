using Microsoft.ML.OnnxRuntime;

namespace Moda.Onnx;

/// <summary>One ONNX file with one input [1, 3, height, width] and any number of outputs, all float32.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions runOptions;
    private readonly string inputName;

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="OnnxModelException">It can't be read, or ONNX Runtime isn't there.</exception>
    public OnnxModel(string path)
    {
        Path = path;
        session = Open(path);
        runOptions = new RunOptions();
        inputName = session.InputNames[0];
        OutputNames = session.OutputNames;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Names of the outputs, in the file's order.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>Runs the model.</summary>
    /// <param name="values">[1, 3, height, width].</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="width">Columns of the input.</param>
    /// <returns>The outputs' values, in the file's order.</returns>
    /// <exception cref="OnnxModelException">The model refuses the input, or gives values that are not finite.</exception>
    public float[][] Run(float[] values, int height, int width)
    {
        try
        {
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, [1, 3, height, width]);
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(runOptions, [inputName], [input], OutputNames);
            return [.. outputs.Select((output, index) => Finite(output.GetTensorDataAsSpan<float>(), OutputNames[index]))];
        }
        catch (OnnxRuntimeException error)
        {
            throw new OnnxModelException(Path, $"it can't be run on an image of {width} x {height} pixels: {error.Message}", error);
        }
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

    public void Dispose()
    {
        runOptions.Dispose();
        session.Dispose();
    }

    private static InferenceSession Open(string path)
    {
        try
        {
            // A portrait's face is found once: threads would take longer to start than to help.
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new OnnxModelException(path, $"it can't be loaded: {error.Message}", error);
        }
        catch (Exception error) when (error is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException })
        {
            throw new OnnxModelException(path, "ONNX Runtime's native library (libonnxruntime) isn't beside the program; use the built-in analyzer, or a build that has it.", error);
        }
    }

    private float[] Finite(ReadOnlySpan<float> values, string name)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                throw new OnnxModelException(Path, $"output '{name}' has values that are not finite; get the file again.");
            }
        }

        return values.ToArray();
    }
}
