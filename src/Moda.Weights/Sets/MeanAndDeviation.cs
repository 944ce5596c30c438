using System.Globalization;
using Moda.Weights.Torch;

namespace Moda.Weights.Sets;

/// <summary>
/// The mean and standard deviation of each motion dimension, which normalise motion: expression 63 (21 keypoints x, y, z), scale,
/// translation x, y, z, pitch, yaw, roll.
/// </summary>
/// <param name="Mean">70 means.</param>
/// <param name="StandardDeviation">70 standard deviations; 0 where a dimension is always 0.</param>
/// <param name="Source">Where the statistics come from.</param>
internal sealed record MeanAndDeviation(ReadOnlyMemory<float> Mean, ReadOnlyMemory<float> StandardDeviation, string Source)
{
    /// <summary>The number of values in one frame of motion.</summary>
    public const int Dimensions = 70;

    // Far above any real motion: angles reach 180 degrees, and keypoints a few units.
    private const float LargestMagnitude = 1e6f;

    private const string Resource = "Moda.Weights.motion_statistics.txt";

    /// <summary>The statistics from the reference's public repository.</summary>
    public static MeanAndDeviation Bundled { get; } = LoadBundled();

    /// <summary>Reads the reference's <c>mean.pt</c>: a dictionary of <c>mean</c> and <c>std</c>, [1, 70] each.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file is not a PyTorch file, or has impossible values.</exception>
    /// <exception cref="TensorNotFoundException">The file lacks <c>mean</c> or <c>std</c>.</exception>
    /// <exception cref="TensorMismatchException"><c>mean</c> or <c>std</c> has another length.</exception>
    public static MeanAndDeviation Read(string path)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
        StateDict tensors = checkpoint.FindStateDict();
        float[] mean = new float[Dimensions];
        float[] deviation = new float[Dimensions];
        tensors.Read("mean", mean);
        tensors.Read("std", deviation);
        return new MeanAndDeviation(mean, deviation, Path.GetFileName(path)).Check(path);
    }

    /// <summary>Refuses statistics that no real motion has.</summary>
    /// <param name="path">The file that the values come from.</param>
    /// <exception cref="CheckpointFormatException">
    /// A mean or a deviation is NaN, infinite or beyond a million, a deviation is negative, or it is 0 where the mean is not.
    /// </exception>
    internal MeanAndDeviation Check(string path)
    {
        for (int i = 0; i < Dimensions; i++)
        {
            float mean = Mean.Span[i];
            float deviation = StandardDeviation.Span[i];
            if (!(Math.Abs(mean) <= LargestMagnitude))
            {
                throw new CheckpointFormatException(path, $"its statistics of motion have the mean {mean} at dimension {i}; numbers up to {LargestMagnitude} are possible.");
            }

            if (!(deviation >= 0 && deviation <= LargestMagnitude) || (deviation == 0 && mean != 0))
            {
                throw new CheckpointFormatException(
                    path, $"its statistics of motion have the standard deviation {deviation} at dimension {i}; it must be positive and at most {LargestMagnitude}, or 0 where the mean is 0 too.");
            }
        }

        return this;
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
