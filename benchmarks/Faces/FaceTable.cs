using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Benchmarks.Faces;

/// <summary>The built-in face analyzer on photographs and their variations: hits, landmark errors and the fastest of some runs on one core as a Markdown table.</summary>
internal static class FaceTable
{
    private const int Repetitions = 15;

    /// <summary>Prints the table.</summary>
    /// <param name="photographs">Image files, one face in each.</param>
    public static void Print(IReadOnlyList<string> photographs)
    {
        using var device = new CpuDevice(threadCount: 1);
        using var analyzer = new FaceAnalyzer(device);
        Console.WriteLine("| photograph | size | variation | found | score | landmark error | fastest ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (string path in photographs)
        {
            RgbImage photograph = ImageFile.Load(path);
            var plain = new FaceVariation("as it is", photograph, AffineTransform.Identity, Mirrored: false);
            DetectedFace? face = Measure(analyzer, path, plain, null);
            foreach (FaceVariation variation in face is null ? [] : FaceVariation.All(photograph))
            {
                Measure(analyzer, path, variation, face);
            }
        }
    }

    private static DetectedFace? Measure(FaceAnalyzer analyzer, string path, FaceVariation variation, DetectedFace? original)
    {
        IReadOnlyList<DetectedFace> faces = analyzer.Analyze(variation.Image);
        double[] times = new double[Repetitions];
        for (int i = 0; i < Repetitions; i++)
        {
            long start = Stopwatch.GetTimestamp();
            analyzer.Analyze(variation.Image);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        DetectedFace? face = original is null ? Surest(faces) : Nearest(variation, original, faces);
        string error = face is null || original is null
            ? ""
            : variation.LandmarkError(original.Landmarks, face.Landmarks).ToString("p1", CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {Path.GetFileName(path)} | {variation.Image.Width} x {variation.Image.Height} | {variation.Name} | {(face is null ? "no" : "yes")}{(faces.Count > 1 ? $" (of {faces.Count})" : "")} | {face?.Score:0.00} | {error} | {times.Min():0} |"));
        return face;
    }

    private static DetectedFace? Surest(IReadOnlyList<DetectedFace> faces) => faces.Count > 0 ? faces[0] : null;

    /// <summary>The face at the place where the original's came to lie.</summary>
    private static DetectedFace? Nearest(FaceVariation variation, DetectedFace original, IReadOnlyList<DetectedFace> faces)
    {
        Vector2 expected = variation.FromOriginal.Apply(new Vector2(original.Box.CentreX, original.Box.CentreY));
        double scale = Math.Sqrt(Math.Abs(variation.FromOriginal.XX * variation.FromOriginal.YY - variation.FromOriginal.XY * variation.FromOriginal.YX));
        return faces.FirstOrDefault(face =>
            Vector2.Distance(expected, new Vector2(face.Box.CentreX, face.Box.CentreY)) < original.Box.Height * scale / 2);
    }
}
