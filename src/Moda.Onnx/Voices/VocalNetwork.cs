namespace Moda.Onnx.Voices;

/// <summary>A network of the MDX kind: spectrograms of a mix in, those of its vocals out.</summary>
/// <remarks>May be used by several separations at once.</remarks>
internal sealed class VocalNetwork : IDisposable
{
    /// <summary>16 times the published number, of which buffers take 200 MB each.</summary>
    private const int MostFrames = 4096;

    private readonly OnnxModel model;

    /// <summary>Loads a network.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it was trained for.</param>
    /// <exception cref="OnnxModelException">It is missing, damaged or another model.</exception>
    public VocalNetwork(string path, VocalSeparatorOptions options)
    {
        model = new OnnxModel(path, options.Threads, options.CudaDevice);
        try
        {
            Form = new SpectrogramForm(options.FftLength, options.Frequencies, RequireShapes(options));
            if (Form.ChunkLength <= Form.FftLength)
            {
                throw new OnnxModelException(path, $"it takes {Form.Frames} frames at once, which are too few for transforms of {Form.FftLength} samples.");
            }
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The sizes of its spectrograms.</summary>
    public SpectrogramForm Form { get; }

    /// <summary>Runs it on a chunk.</summary>
    /// <param name="mix">[1, 4, frequencies, frames].</param>
    /// <param name="vocals">As large.</param>
    /// <param name="cancellationToken">Stops the run.</param>
    /// <exception cref="OnnxModelException">The model refuses the input, or gives values that are not finite.</exception>
    public void Run(float[] mix, float[] vocals, CancellationToken cancellationToken) =>
        model.Run(mix, vocals, [1, Spectrogram.Planes, Form.Frequencies, Form.Frames], cancellationToken);

    public void Dispose() => model.Dispose();

    /// <summary>Checks the shapes that the file declares; extents that it leaves open are found out by the first run.</summary>
    /// <returns>Frames of a chunk.</returns>
    private int RequireShapes(VocalSeparatorOptions options)
    {
        IReadOnlyList<int> input = model.InputShape;
        IReadOnlyList<int> output = model.OutputShape(0);
        if (model.InputCount != 1 || model.OutputNames.Count != 1
            || input is not [-1 or 1, Spectrogram.Planes, int frequencies, > 1 and <= MostFrames and int frames] || frequencies != options.Frequencies
            || output.Count != input.Count || output.Zip(input).Any(pair => pair.First != -1 && pair.Second != -1 && pair.First != pair.Second))
        {
            throw new OnnxModelException(
                model.Path,
                $"it has {Count(model.InputCount, "input")} [{Extents(input)}] and {Count(model.OutputNames.Count, "output")} [{Extents(output)}], but "
                + $"MDX networks for vocals, such as Kim_Vocal_2.onnx, have one input and one output [N, 4, {options.Frequencies}, frames], with 2 to {MostFrames} frames.");
        }

        return frames;
    }

    private static string Count(int count, string what) => count == 1 ? $"one {what}" : $"{count} {what}s, the first";

    private static string Extents(IReadOnlyList<int> shape) => string.Join(", ", shape.Select(extent => extent == -1 ? "?" : $"{extent}"));
}
