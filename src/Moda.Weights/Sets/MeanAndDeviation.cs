using System.Globalization;

namespace Moda.Weights;

/// <summary>
/// Mean and standard deviation of each motion dimension, by which motion is normalised: expression 63 (21 keypoints x, y, z), scale,
/// translation x, y, z, pitch, yaw, roll.
/// </summary>
/// <param name="Mean">70 means.</param>
/// <param name="StandardDeviation">70 standard deviations; 0 where a dimension never changes.</param>
/// <param name="Source">Where they come from.</param>
public sealed record MeanAndDeviation(ReadOnlyMemory<float> Mean, ReadOnlyMemory<float> StandardDeviation, string Source)
{
    /// <summary>How many dimensions a motion has.</summary>
    public const int Dimensions = 70;

    private const string Resource = "Moda.Weights.motion_statistics.txt";

    /// <summary>The statistics that the reference's public repository carries.</summary>
    public static MeanAndDeviation Bundled { get; } = LoadBundled();

    /// <summary>Reads the reference's <c>mean.pt</c>: a dictionary of <c>mean</c> and <c>std</c>, [1, 70] each.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">It is no PyTorch file.</exception>
    /// <exception cref="TensorNotFoundException">It lacks one of the two.</exception>
    /// <exception cref="TensorMismatchException">One of the two has another length.</exception>
    public static MeanAndDeviation Read(string path)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
        StateDict tensors = checkpoint.FindStateDict();
        float[] mean = new float[Dimensions];
        float[] deviation = new float[Dimensions];
        tensors.Read("mean", mean);
        tensors.Read("std", deviation);
        return new MeanAndDeviation(mean, deviation, Path.GetFileName(path));
    }

    private static MeanAndDeviation LoadBundled()
    {
        using Stream stream = typeof(MeanAndDeviation).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        float[] mean = new float[Dimensions];
        float[] deviation = new float[Dimensions];
        int next = 0;
        while (reader.ReadLine() is string line)
        {
            if (line.Split(' ') is [string first, string second] && first != "#")
            {
                mean[next] = float.Parse(first, CultureInfo.InvariantCulture);
                deviation[next] = float.Parse(second, CultureInfo.InvariantCulture);
                next++;
            }
        }

        return new MeanAndDeviation(mean, deviation, "src/datasets/mean.pt of the reference");
    }
}
