using System.Globalization;
using System.Numerics;
using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;
using Moda.Testing.Faces;

namespace Moda.Benchmarks.Faces;

/// <summary>
/// The built-in face analyzer on photographs and their variations as a Markdown table: hits, mean landmark errors and processor times with one thread.
/// </summary>
internal static class FaceTable
{
    private const int Repetitions = 11;
    private const int TimedSize = 512;

    /// <summary>Prints the table: a row for each photograph, a column for each variation.</summary>
    /// <param name="photographs">Image files.</param>
    public static void Print(IReadOnlyList<string> photographs)
    {
        using var device = new CpuDevice(threadCount: 1);
        using var analyzer = new FaceAnalyzer(device);
        var totals = new List<double>();
        foreach ((string path, int index) in photographs.Select((path, index) => (path, index)))
        {
            RgbImage photograph = ImageFile.Load(path);
            IReadOnlyList<DetectedFace> faces = analyzer.Analyze(photograph);
            IReadOnlyList<FaceVariation> variations = [.. FaceVariation.All(photograph)];
            if (index == 0)
            {
                Console.WriteLine($"| photograph | found | {string.Join(" | ", variations.Select(variation => variation.Name))} | ms in {TimedSize} x {TimedSize} | ms as it is |");
                Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---|", variations.Count))}---|---|");
            }

            IEnumerable<string> cells = variations.Select(variation => Compare(variation, faces, analyzer.Analyze(variation.Image), totals));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {Path.GetFileName(path)}, {photograph.Width} x {photograph.Height} | {faces.Count} | {string.Join(" | ", cells)} | {Time(analyzer, Fitted(photograph)):0} | {Time(analyzer, photograph):0} |"));
        }

        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{totals.Count(double.IsFinite)} of {totals.Count} faces found; landmark error {totals.Where(double.IsFinite).DefaultIfEmpty().Average():p1} on average, at most {totals.Where(double.IsFinite).DefaultIfEmpty().Max():p1}."));
    }

    /// <summary>Hits of those faces that lie in the altered image as a whole, their mean landmark error, and faces that the photograph didn't have.</summary>
    private static string Compare(FaceVariation variation, IReadOnlyList<DetectedFace> originals, IReadOnlyList<DetectedFace> found, List<double> totals)
    {
        var errors = new List<double>();
        var hits = new HashSet<DetectedFace>();
        foreach (DetectedFace original in originals)
        {
            DetectedFace? face = Nearest(variation, original, found);
            if (face is not null)
            {
                hits.Add(face);
            }

            if (!IsInside(variation, original))
            {
                continue;
            }

            errors.Add(face is null ? double.PositiveInfinity : variation.LandmarkError(original.Landmarks, face.Landmarks));
        }

        totals.AddRange(errors);
        double[] measured = [.. errors.Where(double.IsFinite)];
        string error = measured.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $" {measured.Average():p1}") : "";
        string more = found.Count > hits.Count ? $" (+{found.Count - hits.Count})" : "";
        return $"{measured.Length}/{errors.Count}{error}{more}";
    }

    private static bool IsInside(FaceVariation variation, DetectedFace original)
    {
        foreach (Vector2 point in original.Landmarks.Transform(variation.FromOriginal).Points)
        {
            if (point.X < 0 || point.Y < 0 || point.X >= variation.Image.Width || point.Y >= variation.Image.Height)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The face at the place where the original's came to lie.</summary>
    private static DetectedFace? Nearest(FaceVariation variation, DetectedFace original, IReadOnlyList<DetectedFace> faces)
    {
        Vector2 expected = variation.FromOriginal.Apply(Centre(original));
        double scale = Math.Sqrt(Math.Abs(variation.FromOriginal.XX * variation.FromOriginal.YY - variation.FromOriginal.XY * variation.FromOriginal.YX));
        DetectedFace? nearest = faces.MinBy(face => Vector2.Distance(expected, Centre(face)));
        return nearest is not null && Vector2.Distance(expected, Centre(nearest)) < original.Box.Height * scale / 2 ? nearest : null;
    }

    private static Vector2 Centre(DetectedFace face) => new(face.Box.CentreX, face.Box.CentreY);

    /// <summary>The photograph with its longer side at 512 pixels, black beside its shorter one.</summary>
    private static RgbImage Fitted(RgbImage photograph)
    {
        RgbImage scaled = FaceVariation.Scaled(photograph, (double)TimedSize / Math.Max(photograph.Width, photograph.Height)).Image;
        return ImageTransforms.Warp(scaled, AffineTransform.Identity, TimedSize, TimedSize);
    }

    /// <summary>Mean processor time of some runs, in milliseconds: unlike a clock's, it leaves out what other programs take of the core.</summary>
    private static double Time(FaceAnalyzer analyzer, RgbImage image)
    {
        analyzer.Analyze(image);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < Repetitions; i++)
        {
            analyzer.Analyze(image);
        }

        return (Environment.CpuUsage.TotalTime - start).TotalMilliseconds / Repetitions;
    }
}
