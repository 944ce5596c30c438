using Moda.Testing;
using Moda.Testing.Checkpoints;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>Python objects that hold nothing but data are read past; all others are refused.</summary>
public sealed class OpaqueValueTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Harmless => new()
    {
        { "argparse", "Namespace" },
        { "pathlib", "PosixPath" },
        { "pathlib._local", "PosixPath" },
        { "omegaconf.listconfig", "ListConfig" },
        { "omegaconf.dictconfig", "DictConfig" },
        { "datetime", "datetime" },
        { "datetime", "timedelta" },
        { "collections", "defaultdict" },
        { "collections", "deque" },
        { "decimal", "Decimal" },
        { "uuid", "UUID" },
        { "types", "SimpleNamespace" },
        { "builtins", "complex" },
        { "builtins", "frozenset" },
        { "easydict", "EasyDict" },
        { "torch", "complex64" },
        { "torch.torch_version", "TorchVersion" },
        { "numpy.dtypes", "Float64DType" },
    };

    public void Dispose() => folder.Dispose();

    /// <summary>As an instance with a state (NEWOBJ, BUILD), as a call (REDUCE), and filled with items.</summary>
    [Theory]
    [MemberData(nameof(Harmless))]
    public void Harmless_objects_beside_the_tensors_are_read_past(string module, string name)
    {
        PickleBuilder pickle = Root()
            .Text("instance").Global(module, name).Op(')').Bytes(0x81)
            .Op('}').Op('(').Text("_content").Op('}').Text("lr").Number(1).Op('u').Op('b')
            .Text("call").Global(module, name).Op(')').Op('R')
            .Text("filled").Global(module, name).Op(')').Op('R').Op('(').Text("k").Number(7).Op('u')
            .Text("type").Global(module, name);

        Assert.Equal([1f, 2f], ReadWeights(pickle));
    }

    /// <summary>As Python itself writes them.</summary>
    [Theory]
    [InlineData("python-objects-2.pth")]
    [InlineData("python-objects-4.pth")]
    public void Data_objects_that_Python_wrote_are_read_past(string file)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(TestData.Path("faults", file));
        float[] values = new float[2];
        checkpoint.FindStateDict().Read("w", values);

        Assert.Equal([1f, 2f], values);
    }

    [Fact]
    public void Arguments_of_harmless_objects_are_read_past()
    {
        PickleBuilder pickle = Root()
            .Text("args").Global("argparse", "Namespace").Op(')').Bytes(0x81)
            .Op('}').Op('(')
                .Text("out").Global("pathlib", "PosixPath").Text("/").Text("runs").Bytes(0x86).Op('R')
                .Text("when").Global("datetime", "datetime").Global("_codecs", "encode").Text("\u0007\u00e9").Text("latin1").Bytes(0x86).Op('R').Bytes(0x85).Op('R')
                .Text("history").Global("collections", "defaultdict").Global("builtins", "float").Bytes(0x85).Op('R').Text("loss").Number(3).Op('s')
            .Op('u').Op('b')
            .Text("list").Global("omegaconf.listconfig", "ListConfig").Op(')').Bytes(0x81)
            .Op('}').Text("_content").Op(']').Global("omegaconf.nodes", "AnyNode").Op(')').Bytes(0x81).Op('a').Op('s').Op('b')
            .Text("members").Op('(').Number(1).Number(2).Bytes(0x91);

        Assert.Equal([1f, 2f], ReadWeights(pickle));
    }

    /// <summary>A list in a tuple in the list, as Python writes it: the tuple is made twice, and what was made first is dropped.</summary>
    [Fact]
    public void A_tuple_that_holds_itself_is_read_past()
    {
        PickleBuilder pickle = Root().Text("loop").Op(']').Op('q').Bytes(1).Op('h').Bytes(1).Bytes(0x85).Op('q').Bytes(2).Op('a').Op('0').Op('h').Bytes(2)
            .Text("wide").Op('(').Number(1).Number(2).Op('1').Op('N');

        Assert.Equal([1f, 2f], ReadWeights(pickle));
    }

    [Fact]
    public void Pairs_whose_value_is_none_make_a_dictionary()
    {
        PickleBuilder pickle = Root().Text("options").Global("collections", "OrderedDict")
            .Op(']').Text("resume").Op('N').Bytes(0x86).Op('a').Bytes(0x85).Op('R');

        Assert.Equal([1f, 2f], ReadWeights(pickle));
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "getattr")]
    [InlineData("builtins", "exec")]
    [InlineData("builtins", "__import__")]
    [InlineData("subprocess", "Popen")]
    [InlineData("operator", "attrgetter")]
    [InlineData("functools", "partial")]
    [InlineData("pathlib", "os.system")]
    [InlineData("argparse", "open")]
    [InlineData("__main__", "Config")]
    public void Everything_else_is_refused_with_how_to_save_without_it(string module, string name)
    {
        PickleBuilder pickle = Root().Text("x").Global(module, name).Op('(').Text("touch /tmp/never").Op('t').Op('R');
        Write(pickle);

        UnsupportedPickleException exception = Assert.Throws<UnsupportedPickleException>(() => TorchCheckpoint.Open(folder.File("a.pth")));

        Assert.Equal($"{module}.{name}", exception.Construct);
        Assert.Contains("torch.save(model.state_dict(), path)", exception.Message, StringComparison.Ordinal);
    }

    private static PickleBuilder Root() => new PickleBuilder(4).Op('}').Op('(')
        .Text("model").EmptyOrdered().Op('(').Text("w").Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op('u');

    private float[] ReadWeights(PickleBuilder pickle)
    {
        Write(pickle);
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(folder.File("a.pth"));
        float[] values = new float[2];
        checkpoint.FindStateDict().Read("w", values);
        return values;
    }

    private void Write(PickleBuilder pickle) => TorchFile.Write(
        folder.File("a.pth"), pickle.Op('u').Stop().ToArray(), new Dictionary<string, byte[]> { ["0"] = [0, 0, 128, 63, 0, 0, 0, 64] });
}
