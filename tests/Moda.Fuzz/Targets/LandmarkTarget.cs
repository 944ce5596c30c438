using System.Globalization;
using System.Text;
using Moda.Fuzz.Mutations;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Fuzz.Targets;

/// <summary>Landmarks in all their forms, and the crop that follows from them.</summary>
internal sealed class LandmarkTarget : IFuzzTarget
{
    private const int Width = 200;
    private const int Height = 100;

    private static readonly RgbImage Picture = new(Width, Height);

    private static readonly FaceChoice[] Choices = [default, FaceChoice.Parse("left"), FaceChoice.Parse("center"), FaceChoice.Parse("2")];

    public string Name => "landmarks";

    public string FileName => "points.json";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Encoding.UTF8.GetBytes(Points(5)),
        Encoding.UTF8.GetBytes($"{{\"image\": \"a.png\", \"landmarks\": {Points(68)}}}"),
        Encoding.UTF8.GetBytes($"\uFEFF{{\"landmarks\": {Points(106)}}}"),
        Encoding.UTF8.GetBytes(Points(203)),
        Encoding.UTF8.GetBytes(
            $"{{\"image\": \"a.png\", \"width\": {Width}, \"height\": {Height}, \"faces\": ["
            + $"{{\"box\": [80, 30, 40.5, 41], \"score\": 0.99, \"landmarks\": {Points(5)}}}, "
            + $"{{\"box\": [10, 20, 30, 30], \"score\": 0.5, \"landmarks\": {Points(106)}}}]}}"),
    ];

    public byte[] Mutate(Random random, byte[] original) => random.Chance(0.2)
        ? ByteMutation.Apply(random, original)
        : Encoding.UTF8.GetBytes(JsonMutation.Apply(random, Encoding.UTF8.GetString(original).TrimStart('\uFEFF')));

    public void Read(string path)
    {
        foreach (FaceChoice choice in Choices)
        {
            FaceLandmarks landmarks = LandmarkFile.Load(path, choice);
            try
            {
                FaceCrop crop = FaceCrop.Source(Picture, landmarks);
                _ = crop.CropToImage;
            }
            catch (LandmarkException)
            {
                // The points are read; the picture refuses them, which has no file's name.
            }
        }
    }

    public bool IsRefusal(Exception exception) => exception is LandmarkException or FaceNotFoundException;

    /// <summary>A face of some points, most of which lie on a circle.</summary>
    private static string Points(int count) => "[" + string.Join(
        ", ",
        Enumerable.Range(0, count).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"[{100 + (30 * Math.Cos(i)):0.##}, {50 + (30 * Math.Sin(i)) + (i % 3):0.##}]"))) + "]";
}
