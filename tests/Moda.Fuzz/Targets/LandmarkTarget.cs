using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Moda.Fuzz.Mutations;
using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Fuzz.Targets;

/// <summary>Landmarks in all their forms, and the crop that follows from them.</summary>
internal sealed class LandmarkTarget : IFuzzTarget
{
    private const int Width = 200;
    private const int Height = 100;

    private const string FivePoints = "[[80, 40], [120, 42], [101, 55.5], [84, 70], [117, 71]]";

    private const string NamedPoints = "{\"left_eye\": [80, 40], \"right_eye\": [120, 42], \"nose\": [101, 55.5], \"left_mouth\": [84, 70], \"right_mouth\": [117, 71]}";

    private static readonly RgbImage Picture = new(Width, Height);

    private static readonly FaceChoice[] Choices = [FaceChoice.Parse("left"), FaceChoice.Parse("center"), FaceChoice.Parse("2")];

    public string Name => "landmarks";

    public string FileName => "points.json";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Encoding.UTF8.GetBytes(FivePoints),
        Encoding.UTF8.GetBytes($"{{\"landmarks\": {NamedPoints}}}"),
        Encoding.UTF8.GetBytes($"{{\"image\": \"a.png\", \"landmarks\": {Points(68)}}}"),
        Encoding.UTF8.GetBytes($"\uFEFF{{\"landmarks\": {Points(106)}}}"),
        Encoding.UTF8.GetBytes(Points(203)),
        Encoding.UTF8.GetBytes(
            $"{{\"image\": \"a.png\", \"width\": {Width}, \"height\": {Height}, \"faces\": ["
            + $"{{\"box\": [80, 30, 40.5, 41], \"score\": 0.99, \"landmarks\": {FivePoints}}}, "
            + $"{{\"box\": [10, 20, 30, 30], \"score\": 0.5, \"landmarks\": {Points(106)}}}]}}"),
    ];

    public byte[] Mutate(Random random, byte[] original)
    {
        string text = Encoding.UTF8.GetString(original).TrimStart('\uFEFF');
        return random.Next(5) switch
        {
            0 => ByteMutation.Apply(random, original),
            1 or 2 => Encoding.UTF8.GetBytes(JsonMutation.Apply(random, text)),
            _ => Encoding.UTF8.GetBytes(ChangeNumbers(random, text)),
        };
    }

    public void Read(string path)
    {
        foreach (FaceChoice choice in Choices)
        {
            LandmarkFile.Load(path, choice);
        }

        try
        {
            _ = FaceCrop.Source(Picture, LandmarkFile.Load(path)).CropToImage;
        }
        catch (LandmarkException)
        {
            // The points are read; the picture refuses them, which has no file's name.
        }
    }

    public bool IsRefusal(Exception exception) => exception is LandmarkException or FaceNotFoundException;

    // What leaves the number of points as it is gets further than most other damage.
    private static string ChangeNumbers(Random random, string text)
    {
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            MatchCollection numbers = Regex.Matches(text, "-?[0-9]+(\\.[0-9]+)?");
            if (numbers.Count > 0)
            {
                Match number = random.Pick(numbers);
                text = string.Concat(text.AsSpan(0, number.Index), random.Pick(HostileValues.Numbers), text.AsSpan(number.Index + number.Length));
            }
        }

        return text;
    }

    /// <summary>A face of some points, most of which lie on a circle.</summary>
    private static string Points(int count) => "[" + string.Join(
        ", ",
        Enumerable.Range(0, count).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"[{100 + (30 * Math.Cos(i)):0.##}, {50 + (30 * Math.Sin(i)) + (i % 3):0.##}]"))) + "]";
}
