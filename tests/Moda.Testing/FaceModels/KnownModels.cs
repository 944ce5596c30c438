namespace Moda.Testing.FaceModels;

/// <summary>
/// Models of the three files' form whose outputs follow from colours: what the analyzer must find in an image can be said beforehand.
/// </summary>
public static class KnownModels
{
    /// <summary>Distances to left, top, right and bottom, in strides, that the detector gives for the first anchor of a cell.</summary>
    public static readonly float[] FirstBox = [1, 2, 3, 4];

    /// <summary>Those of the second anchor.</summary>
    public static readonly float[] SecondBox = [4, 4, 5, 6];

    /// <summary>Column and row in the crop whose red and green become the first of the 106 points.</summary>
    public static readonly (int X, int Y) Probe106 = (130, 40);

    /// <summary>Column and row in the crop whose red and green become the first of the 203 points.</summary>
    public static readonly (int X, int Y) Probe203 = (60, 150);

    /// <summary>Writes all three into a folder, as their owners name them.</summary>
    public static void WriteAll(string folder)
    {
        Directory.CreateDirectory(folder);
        WriteDetector(Path.Combine(folder, "det_10g.onnx"));
        WriteLandmarks106(Path.Combine(folder, "2d106det.onnx"));
        WriteLandmarks203(Path.Combine(folder, "landmark.onnx"));
    }

    /// <summary>
    /// A detector with insightface's nine outputs. At stride 8 a cell's mean red is its first anchor's score and its mean blue its second's;
    /// at stride 16 its mean green is the first's; at stride 32 there is nothing.
    /// </summary>
    public static void WriteDetector(string path)
    {
        var model = new OnnxModelWriter();
        string input = model.Input("input.1", 1, 3, -1, -1);
        string red = Pooled(model, input, channel: 0, stride: 8);
        string green = Pooled(model, input, channel: 1, stride: 16);
        string blue = Pooled(model, input, channel: 2, stride: 8);
        string nothing = model.Operation("Sub", "nothing", [green, model.Constant("two", [2])]);
        Scores(model, "score_8", red, blue);
        Scores(model, "score_16", green, nothing);
        Given(model, "score_32", new float[512], 512, 1);
        foreach (int stride in (int[])[8, 16, 32])
        {
            int cells = 512 / stride * (512 / stride);
            Given(model, $"bbox_{stride}", [.. Enumerable.Range(0, cells).SelectMany(_ => FirstBox.Concat(SecondBox))], cells * 2, 4);
        }

        foreach (int stride in (int[])[8, 16, 32])
        {
            int cells = 512 / stride * (512 / stride);
            Given(model, $"kps_{stride}", new float[cells * 2 * 10], cells * 2, 10);
        }

        model.Save(path);
    }

    /// <summary>106 points on <see cref="Point106"/>, but the first, which is what stands at <see cref="Probe106"/>.</summary>
    public static void WriteLandmarks106(string path)
    {
        var model = new OnnxModelWriter();
        string input = model.Input("data", -1, 3, 192, 192);
        string probe = Probe(model, input, Probe106);
        string scaled = model.Operation("Div", "scaled", [probe, model.Constant("white", [255])]);
        float[] rest = [.. Enumerable.Range(1, 105).SelectMany(index => (float[])[Point106(index).X, Point106(index).Y])];
        model.Operation("Concat", "fc1", [scaled, model.Constant("rest", rest, 1, rest.Length)], ("axis", [1]));
        model.Output("fc1", 1, 212);
        model.Save(path);
    }

    /// <summary>203 points on <see cref="Point203"/>, but the first, which is what stands at <see cref="Probe203"/>; two other outputs come before.</summary>
    public static void WriteLandmarks203(string path)
    {
        var model = new OnnxModelWriter();
        string input = model.Input("input", 1, 3, 224, 224);
        Given(model, "first", new float[214], 1, 214);
        Given(model, "second", new float[262], 1, 262);
        string probe = Probe(model, input, Probe203);
        float[] rest = [.. Enumerable.Range(1, 202).SelectMany(index => (float[])[Point203(index).X, Point203(index).Y])];
        model.Operation("Concat", "points", [probe, model.Constant("rest", rest, 1, rest.Length)], ("axis", [1]));
        model.Output("points", 1, 406);
        model.Save(path);
    }

    /// <summary>Where the 106-point model says a point is, from -1 to 1: on an ellipse, the indexes of the mouth low and all others high.</summary>
    public static System.Numerics.Vector2 Point106(int index)
    {
        bool mouth = index is >= 52 and <= 71;
        float angle = 0.3f * index;
        return new(0.4f * MathF.Cos(angle), (mouth ? 0.3f : -0.25f) + 0.1f * MathF.Sin(angle));
    }

    /// <summary>Where the 203-point model says a point is, from 0 to 1.</summary>
    public static System.Numerics.Vector2 Point203(int index) => new(0.2f + 0.003f * index, 0.9f - 0.002f * index);

    /// <summary>[1, 3, height, width] to the means of one channel, [cells, 1].</summary>
    private static string Pooled(OnnxModelWriter model, string input, int channel, int stride)
    {
        string plane = model.Slice($"plane{channel}", input, [channel], [channel + 1], [1]);
        string pooled = model.Operation("AveragePool", $"pooled{channel}", [plane], ("kernel_shape", [stride, stride]), ("strides", [stride, stride]));
        return model.Reshape($"column{channel}", pooled, -1, 1);
    }

    private static void Scores(OnnxModelWriter model, string name, string first, string second)
    {
        string both = model.Operation("Concat", $"{name}.both", [first, second], ("axis", [1]));
        model.Reshape(name, both, -1, 1);
        model.Output(name, -1, 1);
    }

    /// <summary>[1, 3, height, width] to red and green of one pixel, [1, 2].</summary>
    private static string Probe(OnnxModelWriter model, string input, (int X, int Y) place)
    {
        string pixel = model.Slice("pixel", input, [0, place.Y, place.X], [2, place.Y + 1, place.X + 1], [1, 2, 3]);
        return model.Reshape("probe", pixel, 1, 2);
    }

    private static void Given(OnnxModelWriter model, string name, float[] values, params long[] shape)
    {
        model.Operation("Identity", name, [model.Constant($"{name}.values", values, shape)]);
        model.Output(name, shape);
    }
}
