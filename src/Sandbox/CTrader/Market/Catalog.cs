using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Market;

/// <summary>
/// The instruments of this broker: forex, metals and indices. EURUSD and XAUUSD carry the figures recorded in the
/// reference; the rest follows the same pattern. Start prices of pairs come from one value in dollars per currency, so they fit together.
/// </summary>
internal sealed class Catalog
{
    public const long ForexCategory = 1;
    public const long MetalsCategory = 2;
    public const long IndicesCategory = 3;

    private const string Currencies =
        "USD 1 EUR 1.09 GBP 1.27 AUD 0.66 NZD 0.61 CAD 0.735 CHF 1.12 JPY 0.0067 SEK 0.096 NOK 0.0945 DKK 0.1462 "
        + "PLN 0.2522 HUF 0.00276 CZK 0.0435 ZAR 0.0532 TRY 0.0311 MXN 0.0585 SGD 0.745 HKD 0.128 CNH 0.1385 "
        + "THB 0.0277 ILS 0.272 RON 0.2192 XAU 2350 XAG 28.4 XPT 985 XPD 955";

    private const string FirstPairs =
        "EURUSD GBPUSD EURJPY USDJPY AUDUSD USDCHF GBPJPY USDCAD EURGBP EURCHF AUDJPY NZDUSD CHFJPY EURAUD CADJPY "
        + "GBPAUD EURCAD AUDCAD GBPCAD AUDNZD NZDJPY NZDCAD EURNZD GBPNZD GBPCHF AUDCHF CADCHF NZDCHF USDSEK USDNOK "
        + "USDDKK USDPLN USDHUF USDCZK USDZAR USDTRY USDMXN USDSGD USDHKD USDCNH";

    private const string Metals = "XAUUSD XAGUSD XPTUSD XPDUSD XAUEUR XAGEUR XAUGBP XAUAUD XAUCHF XAUJPY";

    private const string FurtherPairs =
        "USDTHB USDILS USDRON EURSEK EURNOK EURDKK EURPLN EURHUF EURCZK EURZAR EURTRY EURMXN EURSGD EURHKD EURCNH EURILS "
        + "EURRON GBPSEK GBPNOK GBPDKK GBPPLN GBPHUF GBPZAR GBPTRY GBPMXN GBPSGD CHFSEK CHFNOK CHFPLN CHFSGD NOKSEK "
        + "NOKJPY SEKJPY SGDJPY ZARJPY MXNJPY HKDJPY CNHJPY TRYJPY AUDSGD NZDSGD CADSGD AUDHKD";

    private const string Indices =
        "US30 USD 39100 US500 USD 5200 USTEC USD 18150 US2000 USD 2075 GER40 EUR 18420 EU50 EUR 5010 FRA40 EUR 8040 "
        + "ESP35 EUR 10950 ITA40 EUR 34100 NED25 EUR 882 UK100 GBP 7980 SUI20 CHF 11680 SWE30 SEK 2520 NOR25 NOK 1330 "
        + "POL20 PLN 2420 JPN225 JPY 39600 AUS200 AUD 7780 HKG50 HKD 16750 SGP25 SGD 325 CHN50 USD 12150 ZAR40 ZAR 68700";

    private static readonly (uint, uint)[] s_week = [.. Enumerable.Range(1, 5).Select(Day)];

    private readonly Dictionary<string, Asset> _assets = [];
    private readonly Dictionary<string, decimal> _dollars = [];
    private readonly List<SymbolSpec> _symbols = [];
    private readonly bool _alwaysOpen;

    /// <param name="alwaysOpen">Round-the-clock trading hours.</param>
    /// <param name="more">Symbols beside the usual ones.</param>
    /// <exception cref="InvalidDataException">A further symbol has no name, one that is taken, or is like none.</exception>
    public Catalog(bool alwaysOpen, IReadOnlyList<SandboxSymbol>? more = null)
    {
        _alwaysOpen = alwaysOpen;
        var words = Currencies.Split(' ');
        for (var i = 0; i < words.Length; i += 2)
        {
            NewAsset(words[i], words[i] is "JPY" or "HUF" ? 0 : 2);
            _dollars[words[i]] = decimal.Parse(words[i + 1]);
        }

        AddPairs(FirstPairs, firstId: 1);
        AddPairs(Metals, firstId: 41);
        AddPairs(FurtherPairs, firstId: 51);
        AddIndices(firstId: 101);
        AddFurther(more ?? [], firstId: 1_001);
    }

    public IReadOnlyList<Asset> Assets => [.. _assets.Values];

    public IReadOnlyList<SymbolSpec> Symbols => _symbols;

    private void AddPairs(string names, long firstId)
    {
        foreach (var name in names.Split(' '))
        {
            var (first, second) = (name[..3], name[3..]);
            var price = _dollars[first] / _dollars[second];
            var pair =
                first[0] == 'X' ? Metal(firstId++, first, second, price) : Forex(firstId++, first, second, price);
            _symbols.Add(pair);
        }
    }

    private void AddFurther(IReadOnlyList<SandboxSymbol> symbols, long firstId)
    {
        foreach (var (name, like) in symbols)
        {
            if (string.IsNullOrWhiteSpace(name) || _symbols.Exists(known => known.Name == name))
            {
                throw new InvalidDataException($"There can be no further symbol called '{name}'.");
            }

            var pattern =
                _symbols.Find(known => known.Name == like)
                ?? throw new InvalidDataException($"There is no symbol {like} that {name} could be like.");
            _symbols.Add(pattern with { Id = firstId++, Name = name });
        }
    }

    private SymbolSpec Forex(long id, string first, string second, decimal price)
    {
        var digits = second is "JPY" or "HUF" or "THB" ? 3 : 5;
        var major = id <= 12;
        return New(id, first + second, $"{first} vs {second}", first, second, ForexCategory, digits, price) with
        {
            PipPosition = digits - 1,
            LotSize = 10_000_000,
            MinVolume = 100_000,
            StepVolume = 100_000,
            MaxVolume = 10_000_000_000,
            CommissionType = CommissionType.UsdPerLot,
            CommissionRate = 250_000_000,
            SwapLong = -1.106m,
            SwapShort = 0.059m,
            PnlConversionFeeRate = 70,
            SpreadPoints =
                major ? 9
                : price > 5m && digits == 5 ? 120
                : 28,
        };
    }

    private SymbolSpec Metal(long id, string first, string second, decimal price)
    {
        var gold = first is "XAU";
        var digits = gold || first is "XPT" or "XPD" ? 2 : 3;
        return New(id, first + second, $"{first} vs {second}", first, second, MetalsCategory, digits, price) with
        {
            PipPosition = digits - 2,
            LotSize = first is "XAG" ? 500_000 : 10_000,
            MinVolume = first is "XAG" ? 5_000 : 100,
            StepVolume = first is "XAG" ? 5_000 : 100,
            MaxVolume = 100_000_000,
            CommissionType = CommissionType.PercentageOfValue,
            CommissionRate = 70,
            SwapLong = -3.85m,
            SwapShort = 1.42m,
            PnlConversionFeeRate = 70,
            SpreadPoints = 22,
            MeasurementUnits = "Contracts",
        };
    }

    private void AddIndices(long firstId)
    {
        var words = Indices.Split(' ');
        for (var i = 0; i < words.Length; i += 3)
        {
            NewAsset(words[i], 2);
            var price = decimal.Parse(words[i + 2]);
            var spec = New(firstId++, words[i], words[i] + " index", words[i], words[i + 1], IndicesCategory, 2, price);
            _symbols.Add(
                spec with
                {
                    PipPosition = 0,
                    LotSize = 100,
                    MinVolume = 1,
                    StepVolume = 1,
                    MaxVolume = 1_000_000,
                    CommissionType = CommissionType.QuoteCcyPerLot,
                    CommissionRate = 0,
                    SwapLong = -5.2m,
                    SwapShort = -1.1m,
                    SwapType = SwapType.Percentage,
                    PnlConversionFeeRate = 70,
                    SpreadPoints = (int)(price / 40m) + 10,
                    MeasurementUnits = "Contracts",
                }
            );
        }
    }

    private SymbolSpec New(
        long id,
        string name,
        string description,
        string first,
        string second,
        long category,
        int digits,
        decimal price
    ) =>
        new()
        {
            Id = id,
            Name = name,
            Description = description,
            Base = _assets[first],
            Quote = _assets[second],
            CategoryId = category,
            Digits = digits,
            PipPosition = 0,
            LotSize = 1,
            MinVolume = 1,
            StepVolume = 1,
            MaxVolume = 1,
            StartPrice = decimal.Round(price, digits),
            SpreadPoints = 0,
            RolloverCommission = 3,
            Schedule = _alwaysOpen ? [(0, 604_800)] : s_week,
            ScheduleTimeZone = _alwaysOpen ? "UTC" : "Europe/Moscow",
        };

    private void NewAsset(string name, int digits) => _assets[name] = new Asset(_assets.Count + 1, name, digits);

    /// <summary>Monday to Friday from five past midnight to five to midnight, the pattern of the recorded sample.</summary>
    private static (uint, uint) Day(int day) => ((uint)(day * 86_400 + 300), (uint)(day * 86_400 + 86_100));
}
